"""Play QTI 3 packages in qti-components and compare its marks with the emulator's.

python tests/clients/real/qti_components.py FOLDER_WITH_NODE_MODULES LOCALE PACKAGE.zip [PACKAGE.zip ...]

LOCALE is the browser's language (en or ru): the player writes and reads the numbers that it computes in it.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from clients import Question, Responses, qti

NAMESPACE = "{http://www.imsglobal.org/xsd/imsqtiasi_v3p0}"

PAGE = """<!doctype html><meta charset="utf-8"><body><pre id="out">waiting</pre><script type="module">
const out = document.getElementById('out');
const Format = Intl.NumberFormat;
Intl.NumberFormat = function (locale, options) { return new Format(locale ?? 'LOCALE', options); };
const write = Number.prototype.toLocaleString;
Number.prototype.toLocaleString = function (locale, options) { return write.call(this, locale ?? 'LOCALE', options); };
try {
  const lib = await import('/node_modules/@citolab/qti-components/cdn/index.js');
  const holder = document.createElement('div');
  document.body.append(holder);
  const scores = [];
  for (const job of await (await fetch('/jobs.json')).json()) {
    for (const responses of job.trials) {
      if (!scores.length || job.fresh) {
        holder.replaceChildren(lib.qtiTransformItem().parse(job.xml).htmlDoc());
        await new Promise(resolve => setTimeout(resolve, 100));
        job.fresh = false;
      }
      const item = holder.querySelector('qti-assessment-item');
      for (const name of job.names) item.updateResponseVariable(name, responses[name] ?? null);
      try {
        item.processResponse();
        scores.push(Number(item.variables.find(variable => variable.identifier === 'SCORE').value ?? 0));
      } catch (error) { scores.push(String(error)); }
    }
  }
  out.textContent = 'SCORES ' + JSON.stringify(scores) + ' END';
} catch (error) { out.textContent = 'ERROR ' + error + ' ' + error.stack; }
</script></body>"""


def play(modules: Path, locale: str, jobs: Sequence[tuple[bytes, Sequence[Responses]]]) -> list[float | str]:
    """Scores that the player gives to the responses to each item, one after another; a text where it fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to((modules / "node_modules").resolve())
        (folder / "play.html").write_text(PAGE.replace("LOCALE", locale), encoding="utf-8")
        (folder / "jobs.json").write_text(json.dumps([_job(xml, tried) for xml, tried in jobs]), encoding="utf-8")
        with _served(folder) as address:
            browser = shutil.which("chromium") or shutil.which("chromium-browser") or "google-chrome"
            command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
            command += [f"--virtual-time-budget={5000 + 1000 * len(jobs)}", f"{address}/play.html"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    said = unescape(done.stdout)
    found = re.search(r'<pre id="out">SCORES (.*?) END</pre>', said, re.DOTALL)
    if not found:
        raise SystemExit(f"the player failed: {said[:600]}")
    return list(json.loads(found[1]))


def _job(xml: bytes, tried: Sequence[Responses]) -> dict[str, object]:
    cardinality = {
        element.get("identifier", ""): element.get("cardinality")
        for element in ElementTree.fromstring(xml).iter(f"{NAMESPACE}qti-response-declaration")
    }
    listed = [
        {name: text if cardinality[name] == "single" else text.split() for name, text in responses.items() if text}
        for responses in tried
    ]
    return {"xml": xml.decode(), "names": list(cardinality), "trials": listed, "fresh": True}


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def trials(xml: bytes, question: Question) -> list[dict[str, str]]:
    """Responses worth trying: the model answer, its parts, their neighbours, and what is no answer."""
    model: dict[str, str] = {}
    for element in ElementTree.fromstring(xml).iter(f"{NAMESPACE}qti-response-declaration"):
        values = [
            value.text or "" for value in element.iterfind(f"{NAMESPACE}qti-correct-response/{NAMESPACE}qti-value")
        ]
        if values:
            model[element.get("identifier", "")] = " ".join(values)
    found: list[dict[str, str]] = [{}, model, *({name: text} for name, text in model.items())]
    for one in question.fields:
        if one.kind == "number" and one.name in model:
            key = float(model[one.name])
            for step in (1e-9, 1e-3, 1e-2, 0.1, 1):
                found += [{one.name: repr(key + step)}, {one.name: repr(key - step)}]
            found += [{one.name: model[one.name].replace(".", ",")}, {one.name: "abc"}]
        elif one.kind in ("choice", "choices"):
            found += [{one.name: option} for option, _ in one.options]
        elif one.kind == "text":
            found.append({one.name: "no such answer"})
    return found


def main(modules: str, locale: str, *packages: str) -> None:
    """Play the packages and print what differs."""
    for path in packages:
        package = qti.load(Path(path).read_bytes())
        if package.version != "3.0":
            raise SystemExit(f"{path} is QTI {package.version}; the player takes 3.0")
        by_name = {
            root.get("identifier"): xml
            for xml in package.files.values()
            if xml.lstrip().startswith(b"<") and (root := ElementTree.fromstring(xml)).tag.endswith("assessment-item")
        }
        jobs, expected = [], []
        for question in package.questions:
            if question.mark({}) is None:
                continue
            tried = trials(by_name[question.idnumber], question)
            jobs.append((by_name[question.idnumber], tried))
            for responses in tried:
                expected.append((question.idnumber, responses, (question.mark(responses) or 0.0) * question.points))
        differing = 0
        for (name, responses, mark), score in zip(expected, play(Path(modules), locale, jobs), strict=True):
            if isinstance(score, str) or abs(mark - score) > 1e-9:
                differing += 1
                print(f"{path}: {name}: {responses}: player {score}, emulator {mark:g}")
        print(f"{path}: {len(expected)} responses to {len(jobs)} items, {differing} marks differ")


if __name__ == "__main__":
    main(*sys.argv[1:])
