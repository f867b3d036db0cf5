// Compiles the Python of an engine to bytecode, by the very Python that will run it: a page then starts in a third of
// the time. What is said in docstrings and checked by assert is left out, as by python -OO.
// Usage: node compile.mjs FOLDER, which make.py has unpacked.
import path from "node:path";
import { pathToFileURL } from "node:url";

const tree = path.resolve(process.argv[2], "tree");
const { loadPyodide } = await import(pathToFileURL(path.join(tree, "pyodide", "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: path.join(tree, "pyodide") + path.sep, packages: [] });
pyodide.FS.mkdirTree("/tree");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: tree }, "/tree");
pyodide.runPython(`
import pathlib
import py_compile

for part, place in (("stdlib", "/lib/python314.zip"), ("libraries", "/libraries")):
    for source in sorted(pathlib.Path("/tree", part).rglob("*.py")):
        told = pathlib.Path(place, source.relative_to(f"/tree/{part}"))
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), str(source.with_suffix(".pyc")), str(told), True, 2, mode)
        source.unlink()
`);
