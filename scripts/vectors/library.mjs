const dist = new URL("../../dist/", import.meta.url);

/** The built library with one of its providers, `node` or `noble`, as `runVector` takes it. */
export async function loadLibrary(providerName) {
  const load = path => import(new URL(path, dist).href);
  const noise = await load("noise/index.js");
  const { Secret } = await load("bytes/index.js");
  const { defaultProvider: provider } = await load(`crypto/${providerName}-provider.js`);
  const { defaultExtra: extra } = await load(`crypto/${providerName}-extra.js`);
  return assemble({ noise, Secret, provider, extra });
}

export function assemble({ noise, Secret, provider, extra }) {
  const algorithms = {
    dh: [provider.dh, extra.x448],
    kem: [provider.kem],
    aead: [provider.aead, extra.aesgcm],
    hash: [provider.hash, extra.sha512, extra.blake2s, extra.blake2b],
  };
  return { noise, Secret, provider, algorithms };
}
