// The page's side of the engine: takes it out of the page and talks with the worker in which it runs.
"use strict";

// What stands behind the page's script, so that the first problem need not wait for it: there when something stands
// behind it, or when nothing more will come.
async function behind(id) {
  for (;;) {
    const element = document.getElementById(id);
    if (element?.nextElementSibling || document.readyState !== "loading") return element;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// The pre-printed problems of all exercises, in both languages.
async function unpackPrinted() {
  const text = atob((await behind("drill-printed")).textContent);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return new Response(new Response(bytes).body.pipeThrough(new DecompressionStream("gzip"))).json();
}

// Starts the engine, to be called once. `report` is told the share that is done. Gives a function that takes a request as
// JSON and promises the response. Where the engine cannot start or dies, promises are broken with an Error of one line,
// whose `code` is "old" (the browser has not what it takes), "cut" (the page is not whole), "failed" or "died".
async function openEngine(report) {
  const waiting = new Map();
  let count = 0;
  let broken = null;

  const fault = (code, line) => Object.assign(new Error(line), { code });
  if (typeof DecompressionStream === "undefined" || typeof WebAssembly === "undefined") {
    throw fault("old", "this browser has no DecompressionStream or no WebAssembly");
  }
  const program = await behind("drill-worker"); // the last element of the page
  if (!program) throw fault("cut", "the page is not whole: load it again");

  return new Promise((opened, failed) => {
    const address = URL.createObjectURL(new Blob([program.textContent], { type: "text/javascript" }));
    const worker = new Worker(address);

    const breakAll = (error) => {
      broken = error;
      failed(error);
      for (const { refuse } of waiting.values()) refuse(error);
      waiting.clear();
      worker.terminate();
    };

    const ask = (request) => new Promise((answer, refuse) => {
      if (broken) {
        refuse(broken);
        return;
      }
      count += 1;
      waiting.set(count, { answer, refuse });
      worker.postMessage({ id: count, request });
    });

    worker.onerror = (event) => {
      event.preventDefault();
      breakAll(fault(waiting.size ? "died" : "failed", event.message || "the worker stopped"));
    };
    worker.onmessage = ({ data }) => {
      if ("share" in data) {
        report?.(data.share);
      } else if (data.ready) {
        report?.(1);
        opened(ask);
      } else if (data.id) {
        const { answer, refuse } = waiting.get(data.id);
        waiting.delete(data.id);
        if ("response" in data) answer(data.response);
        else refuse(fault("failed", data.failed));
      } else {
        breakAll(fault("failed", data.failed));
      }
    };

    for (const part of document.querySelectorAll("script[data-engine]")) {
      worker.postMessage({ part: part.dataset.engine, packed: part.textContent });
      part.remove(); // some megabytes that nobody needs twice
    }
  });
}
