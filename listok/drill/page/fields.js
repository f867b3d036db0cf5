/* The fields in which answers are given, by the kind of answer. */
"use strict";

/** The field of a part: its `node`; what is `typed`, as the engine takes it (null: nothing); its `draft`, which
 * `restore` takes back; `retype` takes an answer of the log; `previews` where what is typed has to be read. */
function fieldOf(part, id) {
  const field = kinds(part, id);
  const picked = (input) => input.type === "radio" || input.type === "checkbox";
  return {
    ...field,
    first: field.first ?? (() => field.inputs.find((input) => !picked(input) || input.checked) ?? field.inputs[0]),
    draft: () => field.inputs.map((input) => (picked(input) ? input.checked : input.value)),
    restore(draft) {
      field.inputs.forEach((input, place) => {
        if (draft?.[place] === undefined) return;
        if (picked(input)) input.checked = draft[place];
        else input.value = draft[place];
      });
      field.restored?.();
    },
    lock() {
      for (const input of field.inputs) {
        if (picked(input) || input.tagName === "SELECT") input.disabled = true;
        else input.readOnly = true;
      }
      field.lock?.();
    },
  };
}

function kinds(part, id) {
  const worth = `(${points(part.points)})`;
  switch (part.kind) {
    case "choice":
    case "choices":
      return options(part, id, worth);
    case "matching":
      return matching(part, id, worth);
    case "open":
      return writing(part, id, worth);
    default:
      return part.columns ? cells(part, id, worth) : text(part, id, worth);
  }
}

const PLAIN = {
  type: "text",
  autocapitalize: "off",
  autocomplete: "off",
  autocorrect: "off",
  spellcheck: "false",
  enterkeyhint: "done",
};

function text(part, id, worth) {
  const input = make("input", {
    ...PLAIN,
    id: `${id}-answer`,
    "aria-describedby": `${id}-read`,
    class: part.kind === "number" ? "short" : "long",
  });
  const label = make("label", { for: input.id }, `${words.answer} ${worth}`);
  return {
    node: make("div", { class: "field" }, label, input),
    inputs: [input],
    previews: true,
    typed: () => (input.value.trim() ? { typed: input.value } : null),
    retype: (answer) => (input.value = answer),
  };
}

/** Cells for an answer of the right shape; one of another shape is typed, or pasted, in one line. */
function cells(part, id, worth) {
  const matrix = part.kind === "matrix";
  const rows = matrix ? part.rows : 1;
  const { columns } = part;
  const attributes = { ...PLAIN, "aria-describedby": `${id}-read` };
  const cell = (row, column) =>
    make("input", {
      ...attributes,
      "aria-label": matrix ? words.cell(row, column) : words.place(column),
      "data-row": row,
      "data-column": column,
    });
  const boxes = Array.from({ length: rows * columns }, (_, place) =>
    cell(Math.floor(place / columns) + 1, (place % columns) + 1),
  );
  const parted = (items) => Array.from({ length: rows }, (_, row) => items.slice(row * columns, (row + 1) * columns));
  const table = make(
    "table",
    { class: matrix ? "cells" : "cells list", role: "presentation" },
    make("tbody", {}, ...parted(boxes).map((row) => make("tr", {}, ...row.map((box) => make("td", {}, box))))),
  );
  const wide = make("div", { class: "wide" }, table);
  const line = make("input", { ...attributes, "aria-label": words.answer, class: "long", hidden: true, disabled: true });
  const other = make("button", { type: "button", class: "quiet", "data-do": "line", onclick: onOther }, words.in_line);

  function show(inLine) {
    wide.hidden = inLine;
    line.hidden = line.disabled = !inLine;
    for (const box of boxes) box.disabled = inLine;
    other.textContent = inLine ? words.in_cells : words.in_line;
  }

  function onOther() {
    const toLine = line.hidden;
    if (toLine) line.value = lineOf(parted(boxes.map((box) => box.value.trim())), matrix);
    else {
      put(tableOf(line.value, rows));
      line.value = "";
    }
    show(toLine);
    (toLine ? line : boxes[0]).focus();
    other.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Fills the cells with as much of a table as fits. */
  function put(answer) {
    boxes.forEach((box, place) => {
      const piece = answer[Math.floor(place / columns)]?.[place % columns] ?? "";
      box.value = piece === "-" ? "" : piece;
    });
  }

  function writeLine(answer) {
    line.value = answer;
    show(true);
  }

  table.addEventListener("keydown", (event) => move(event, boxes, columns));
  table.addEventListener("paste", (event) => {
    const pasted = spread(event, boxes, columns, rows);
    if (pasted === null) return;
    writeLine(pasted);
    line.focus();
    line.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return {
    node: make("fieldset", { class: "field" }, make("legend", {}, `${words.answer} ${worth}`), wide, line, other),
    inputs: [...boxes, line],
    previews: true,
    first: () => (line.hidden ? boxes[0] : line),
    typed() {
      if (!line.hidden) return line.value.trim() ? { typed: line.value } : null;
      const values = boxes.map((box) => box.value);
      return values.some((value) => value.trim()) ? { cells: parted(values) } : null;
    },
    restored: () => show(Boolean(line.value)),
    retype(answer) {
      const given = tableOf(answer, rows);
      if (given.length === rows && given.every((row) => row.length === columns)) put(given);
      else writeLine(answer.split("\n").join("; "));
    },
    lock: () => other.remove(),
  };
}

/** Cells as one line; nothing where all of them are empty. */
function lineOf(table, matrix) {
  if (!table.flat().some(Boolean)) return "";
  return table.map((row) => row.map((piece) => piece || "-").join(matrix ? " " : "; ")).join("; ");
}

/** Arrow keys lead from cell to cell; left and right do so from the ends of what stands in a cell. */
function move(event, inputs, columns) {
  const input = event.target;
  const place = inputs.indexOf(input);
  if (place < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const at = input.selectionStart === input.selectionEnd ? input.selectionStart : null;
  const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
  const to = {
    ArrowUp: place - columns,
    ArrowDown: place + columns,
    ArrowLeft: (at === 0 || all) && place % columns ? place - 1 : null,
    ArrowRight: (at === input.value.length || all) && (place + 1) % columns ? place + 1 : null,
  }[event.key];
  if (to === null || to === undefined || !inputs[to]) return;
  event.preventDefault();
  inputs[to].focus();
  inputs[to].select();
}

/** A pasted table fills the cells, beginning with the one that it is pasted into; one for which there are too few comes
 * back as a line. */
function spread(event, inputs, columns, rows) {
  const start = inputs.indexOf(event.target);
  const table = tableOf(event.clipboardData.getData("text"), rows);
  if (start < 0 || table.flat().length < 2) return null;
  event.preventDefault();
  const [top, left] = [Math.floor(start / columns), start % columns];
  if (top + table.length > rows || table.some((row) => left + row.length > columns)) return lineOf(table, rows > 1);
  let last = event.target;
  table.forEach((row, down) => {
    row.forEach((piece, across) => ((last = inputs[(top + down) * columns + left + across]).value = piece));
  });
  last.focus();
  last.dispatchEvent(new Event("input", { bubbles: true }));
  return null;
}

/** A table of `rows` rows as people type it: a row a line, or rows parted by semicolons, with or without brackets. */
function tableOf(typed, rows) {
  const bare = typed
    .trim()
    .replace(/[\])]\s*[,;]?\s*[[(]/g, "\n")
    .replace(/[[\](){}]/g, "");
  const apart = rows > 1 && !bare.includes("\n") ? ";" : "\n";
  const lines = bare.split(apart).map((line) => line.replace(/[;,\s]+$/, "").trim());
  const table = lines.filter((line) => line).map(rowOf);
  return rows === 1 ? [table.flat()] : table;
}

/** The numbers of a row: parted by semicolons or tabs, else by spaces, else by commas that are no decimal marks. */
function rowOf(line) {
  if (/[;\t]/.test(line)) return line.split(/\s*[;\t]\s*/);
  const several = (piece) => piece.split(",").length > 2 || piece.includes(".");
  return line.split(/,?\s+/).flatMap((piece) => (several(piece) ? piece.split(",") : [piece]));
}

function options(part, id, worth) {
  const several = part.kind === "choices";
  const type = several ? "checkbox" : "radio";
  const row = (letter, html) => {
    const input = make("input", { type, name: id, value: letter });
    const label = html === null ? words.none_of_them : make("span", { html });
    return [
      input,
      make(
        "label",
        { class: "option" },
        input,
        make("span", { class: "letter" }, html === null ? "" : `${letter})`),
        label,
      ),
    ];
  };
  const rows = part.options.map(({ letter, html }) => row(letter, html));
  if (several) rows.push(row("—", null));
  const inputs = rows.map(([input]) => input);
  if (several) {
    const none = inputs.at(-1);
    for (const input of inputs) {
      input.addEventListener("change", () => {
        if (!input.checked) return;
        if (input === none) for (const other of inputs) other.checked = other === none;
        else none.checked = false;
      });
    }
  }
  return {
    node: make(
      "fieldset",
      { class: "field options" },
      make("legend", {}, `${several ? words.pick_some : words.pick_one} ${worth}`),
      ...rows.map(([, label]) => label),
    ),
    inputs,
    picks: true,
    typed() {
      const letters = inputs.filter((input) => input.checked).map((input) => input.value);
      return letters.length ? { typed: letters.join(", ") } : null;
    },
    retype(answer) {
      const letters = answer.split(/[,\s]+/);
      for (const input of inputs) input.checked = letters.includes(input.value);
    },
  };
}

function matching(part, id, worth) {
  const selects = part.items.map((_, place) =>
    make(
      "select",
      { id: `${id}-${place}`, "aria-label": words.item(place + 1), "aria-describedby": `${id}-${place}-item` },
      make("option", { value: "" }, "—"),
      ...part.options.map(({ letter }) => make("option", { value: letter }, letter)),
    ),
  );
  const items = part.items.map((html, place) =>
    make(
      "li",
      {},
      make("span", { class: "label" }, `${place + 1}.`),
      selects[place],
      make("span", { class: "item", id: `${id}-${place}-item`, html }),
    ),
  );
  const options = part.options.map(({ letter, html }) =>
    make("li", {}, make("span", { class: "label" }, `${letter})`), make("span", { class: "item", html })),
  );
  return {
    node: make(
      "fieldset",
      { class: "field matching" },
      make("legend", {}, `${words.pick_each} ${worth}`),
      make("ol", { class: "pairs" }, ...items),
      make("ol", { class: "pairs" }, ...options),
    ),
    inputs: selects,
    picks: true,
    typed() {
      const pairs = selects.flatMap((select, place) => (select.value ? [`${place + 1}-${select.value}`] : []));
      return pairs.length ? { typed: pairs.join(", ") } : null;
    },
    retype(answer) {
      answer.split(/[,\s]+/).forEach((letter, place) => {
        if (selects[place]) selects[place].value = letter;
      });
    },
  };
}

function writing(part, id, worth) {
  const input = make("textarea", { id: `${id}-answer`, rows: "3" });
  return {
    node: make("div", { class: "field" }, make("label", { for: input.id }, `${words.open} ${worth}`), input),
    inputs: [input],
    typed: () => null,
    retype: (answer) => (input.value = answer),
  };
}
