// Runs listok in a thread of its own: what the page has sent is unpacked, nothing is asked of any server. Parts come as
// {part, packed}, base64 of gzip; requests as {id, request}, and are answered with {id, response} in their order.
"use strict";

const PLACE = "https://listok.invalid/";
const expected = new Map();

function part(name) {
  if (!expected.has(name)) {
    const waiting = {};
    waiting.come = new Promise((resolve) => { waiting.resolve = resolve; });
    expected.set(name, waiting);
  }
  return expected.get(name);
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function unpacked(name, type) {
  const packed = new Response(bytesOf(await part(name).come)).body; // a Blob would go to another process and back
  expected.delete(name);
  return new Response(packed.pipeThrough(new DecompressionStream("gzip")), { headers: { "content-type": type } });
}

async function imported(name) {
  const script = await (await unpacked(name, "text/javascript")).text();
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

// Pyodide takes a worker for one that can import modules if this fails, as it does in those that are modules. This one
// is not: a page that is opened as a file cannot start such workers.
self.importScripts = () => { throw new TypeError("nothing is imported"); };

// What Pyodide would fetch is taken out of the page.
self.fetch = async (address) => {
  const name = { "pyodide.asm.wasm": "module.wasm", "python_stdlib.zip": "stdlib.zip" }[String(address).slice(PLACE.length)];
  if (!String(address).startsWith(PLACE) || !name) throw new TypeError(`nothing is fetched: ${address}`);
  return unpacked(name, name === "module.wasm" ? "application/wasm" : "application/zip");
};

// One line of JSON with names and lengths, then the files.
async function plant(FS, name, root) {
  const bytes = new Uint8Array(await (await unpacked(name, "")).arrayBuffer());
  const end = bytes.indexOf(10);
  let at = end + 1;
  const folders = new Set();
  for (const [file, length] of JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)))) {
    const path = `${root}/${file}`;
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (!folders.has(folder)) FS.mkdirTree(folder);
    folders.add(folder);
    FS.writeFile(path, bytes.subarray(at, at + length), { canOwn: true });
    at += length;
  }
}

async function start() {
  const stage = (share) => self.postMessage({ share });
  const [loader, module] = await Promise.all([imported("loader.mjs"), imported("module.mjs")]);
  stage(0.3);
  const pyodide = await loader.loadPyodide({
    indexURL: PLACE, packageBaseUrl: PLACE, packages: [], createPyodideModule: module.default,
    lockFileContents: await (await unpacked("lock.json", "application/json")).json(),
  });
  stage(0.6);
  await plant(pyodide.FS, "libraries.tree", "/libraries");
  await plant(pyodide.FS, "listok.tree", "/sources");
  pyodide.runPython('import sys; sys.path[:0] = ["/sources", "/libraries"]; sys.dont_write_bytecode = True');
  stage(0.7);
  return pyodide.pyimport("listok.drill.browser").handle;
}

const handle = start();
handle.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ failed: lineOf(error) }));

let queue = handle.catch(() => {});
self.onmessage = ({ data }) => {
  if (data.part) {
    part(data.part).resolve(data.packed);
    return;
  }
  queue = queue.then(async () => {
    try {
      self.postMessage({ id: data.id, response: (await handle)(data.request) });
    } catch (error) {
      self.postMessage({ id: data.id, failed: lineOf(error) });
    }
  });
};

// The line of a traceback that says what happened; Pyodide's advice on packages may stand below it.
function lineOf(error) {
  const lines = String(error?.message ?? error).trim().split("\n");
  return lines.findLast((line) => /^[\w.]*(Error|Exception)\b/.test(line)) ?? lines.at(-1);
}
