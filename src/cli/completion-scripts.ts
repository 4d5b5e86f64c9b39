/** What a shell completes. */
export type CompletionTree = readonly {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly {
    readonly flag: string;
    readonly description: string;
    /** What follows it, if anything does. */
    readonly takes: "file" | "value" | undefined;
  }[];
  /** What the argument may be. */
  readonly choices: readonly string[];
  /** Whether the argument is a path. */
  readonly files: boolean;
}[];

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(tree: CompletionTree): string {
  const cases = tree.map(({ name, options, choices, files }) => {
    const flags = (kind: "file" | "value"): string =>
      options
        .filter(({ takes }) => takes === kind)
        .map(({ flag }) => flag)
        .join("|") || "-";
    return `    ${name})
      words="${[...options.map(({ flag }) => flag), ...choices].join(" ")}"
      paths="${flags("file")}" values="${flags("value")}" files=${files ? 1 : 0} ;;`;
  });
  return `# bash completion of bowline
_bowline() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" words paths values files
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${[...tree.map(({ name }) => name), "--help", "--version"].join(" ")}" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
  if [[ "|$paths|" == *"|$prev|"* ]]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  elif [[ "|$values|" == *"|$prev|"* ]]; then
    COMPREPLY=()
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if ((files)) && [[ "$cur" != -* ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
  fi
}
complete -F _bowline bowline
`;
}

function zsh(tree: CompletionTree): string {
  const described = (text: string): string => text.replaceAll(/[[\]:]/g, " ");
  const cases = tree.map(({ name, options, choices, files }) => {
    const specifications = options.map(({ flag, description, takes }) => {
      const follows = takes === undefined ? "" : takes === "file" ? ":file:_files" : ":value: ";
      return quoted(`*${flag}[${described(description)}]${follows}`);
    });
    if (choices.length > 0) specifications.push(quoted(`1:what:(${choices.join(" ")})`));
    else if (files) specifications.push(quoted("*:file:_files"));
    return `    ${name}) _arguments ${specifications.join(" ")} ;;`;
  });
  return `#compdef bowline
_bowline() {
  if ((CURRENT == 2)); then
    local -a commands=(${tree.map(({ name, summary }) => quoted(`${name}:${described(summary)}`)).join(" ")})
    _describe command commands
    return
  fi
  local name="$words[2]"
  shift words
  ((CURRENT--))
  case "$name" in
${cases.join("\n")}
  esac
}
if [[ "$funcstack[1]" == _bowline ]]; then _bowline "$@"; else compdef _bowline bowline; fi
`;
}

function fish(tree: CompletionTree): string {
  const lines = tree.flatMap(({ name, summary, options, choices, files }) => {
    const within = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c bowline -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...options.map(({ flag, description, takes }) => {
        const follows = takes === undefined ? "" : takes === "file" ? " -r -F" : " -x";
        return `complete -c bowline ${within} -l ${flag.slice(2)}${follows} -d ${quoted(description)}`;
      }),
      ...choices.map(choice => `complete -c bowline ${within} -a ${choice}`),
      ...(files ? [`complete -c bowline ${within} -F`] : []),
    ];
  });
  return `# fish completion of bowline\ncomplete -c bowline -f\n${lines.join("\n")}\n`;
}

/** The script of each shell. */
export const scripts = { bash, zsh, fish } as const;
