/* The drill's page: shows problems, takes answers, keeps the log. What is right, due or next is the engine's to say.

Html comes from the engine alone, as listok prints and escapes it; what a student types is only ever text. */
"use strict";

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("drill-data").textContent);

// --- small things ----------------------------------------------------------------------------------------------------

/** An element with attributes; children are elements or text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") element.innerHTML = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The present moment as the log writes it: local time with milliseconds and its offset. */
function now() {
  const at = new Date();
  const offset = -at.getTimezoneOffset();
  const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  const local = new Date(at.getTime() + offset * 60000).toISOString().slice(0, -1);
  return `${local}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

/** Small settings of this browser; where it keeps none, they last as long as the page. */
const memory = {
  held: {},
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem(`listok-drill-${name}`) ?? localStorage.getItem(`listok-drill-${name}`));
    } catch {
      return this.held[name] ?? null;
    }
  },
  /** Kept for this tab and for pages opened later. */
  set(name, value) {
    this.held[name] = value;
    try {
      sessionStorage.setItem(`listok-drill-${name}`, JSON.stringify(value));
      localStorage.setItem(`listok-drill-${name}`, JSON.stringify(value));
    } catch {
      // the log says that nothing can be kept
    }
  },
};

let lang = memory.get("lang") ?? data.lang;
let words = WORDS[lang];

/** ``2 балла``, ``1 point``. */
function points(count) {
  const forms = words.points;
  return `${String(count).replace(".", lang === "ru" ? "," : ".")}\u00a0${forms[new Intl.PluralRules(lang).select(Number(count))] ?? forms.other}`;
}

const say = (text) => ($("status").textContent = text);

// --- the log ---------------------------------------------------------------------------------------------------------

/** The student's events in IndexedDB, one line a key; a line is on the disk before what it tells of is shown. */
const log = {
  lines: new Map(),
  database: null,

  async open() {
    try {
      this.database = await done(indexedDB.open("listok-drill", 1), (request) => {
        request.result.createObjectStore("lines");
      });
      await this.read();
      this.tabs = new BroadcastChannel("listok-drill");
      this.tabs.onmessage = ({ data: lines }) => this.heard(lines);
    } catch (error) {
      this.lost(error);
    }
  },

  /** Takes up what stands in the browser. */
  async read() {
    if (!this.database) return;
    const store = this.database.transaction("lines").objectStore("lines");
    const [keys, lines] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    this.lines = new Map(keys.map((key, place) => [key, lines[place]]));
  },

  /** Keeps lines; resolves when they are safe, or when it has been said that they are not. */
  async keep(lines) {
    const entries = lines.map((line) => [keyOf(line), line]);
    for (const [key, line] of entries) if (!this.lines.has(key)) this.lines.set(key, line);
    if (!this.database) return;
    try {
      const change = this.database.transaction("lines", "readwrite", { durability: "strict" });
      const store = change.objectStore("lines");
      for (const [key, line] of entries) {
        const known = store.getKey(key);
        known.onsuccess = () => known.result === undefined && store.add(line, key);
      }
      await complete(change);
      this.tabs?.postMessage(lines);
    } catch (error) {
      this.lost(error);
    }
  },

  /** Keeps lines that begin a log; false where another tab has begun one meanwhile, which is then read. */
  async begin(lines) {
    const header = lines.find((line) => keyOf(line) === "header");
    await this.keep(lines);
    await this.read();
    return header === undefined || this.lines.get("header") === header;
  },

  /** The lines of the file that is taken to another place: the header, then the events as they came. */
  file() {
    const events = [...this.lines].filter(([key]) => key !== "header").map(([, line]) => line);
    const at = (line) => Date.parse(parsed(line)?.at ?? "") || 0;
    events.sort((one, other) => at(one) - at(other));
    return [this.lines.get("header"), ...events].filter((line) => line !== undefined);
  },

  async erase() {
    this.lines.clear();
    if (this.database) {
      const change = this.database.transaction("lines", "readwrite");
      change.objectStore("lines").clear();
      await complete(change);
    }
  },

  /** The codes that this student has met. */
  shown() {
    return new Set([...this.lines.values()].map((line) => parsed(line)?.code));
  },

  heard(lines) {
    for (const line of lines) this.lines.set(keyOf(line), line);
    if (engine.ready) engine.ask({ do: "import", lines }).catch(() => {});
  },

  lost(error) {
    this.database = null;
    notice("unkept", error?.name ?? String(error));
  },
};

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Under which key a line stands: the id of its event. */
function keyOf(line) {
  const event = parsed(line);
  if (event && "log" in event) return "header";
  return String(event?.id ?? line);
}

function done(request, upgrade = null) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    if (upgrade) request.onupgradeneeded = () => upgrade(request);
  });
}

function complete(change) {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = change.onerror = () => reject(change.error);
  });
}

// --- the engine ------------------------------------------------------------------------------------------------------

const engine = {
  ready: false,
  send: null,
  up: null,

  /** Loads the engine and gives it the log, the student's choice and the problem on the screen. */
  async start() {
    this.up = this.rise();
    try {
      await this.up;
    } catch (error) {
      $("loading").hidden = true;
      document.body.dataset.engine = "failed";
      notice("not_loaded", error.message);
    }
  },

  async rise() {
    $("loading").hidden = false;
    document.body.dataset.engine = "starting";
    this.loaded(null);
    const handle = await openEngine((share) => this.loaded(share));
    this.send = async (request) => {
      const response = JSON.parse(await handle(JSON.stringify(request)));
      if (response.log?.length) await log.keep(response.log);
      return response;
    };
    await this.begin();
    this.ready = true;
    document.body.dataset.engine = "ready";
    $("loading").hidden = true;
    say(words.ready);
  },

  async begin() {
    for (;;) {
      const request = { do: "start", lines: log.file(), lang, scope: data.scope, pool: data.pool };
      const response = await this.send(request);
      if (response.fault) {
        await broken(response.fault);
        continue;
      }
      if (await log.begin(response.log ?? [])) {
        due(response.due);
        break;
      }
    }
    await this.send({ do: "choose", ...choice(), lang });
    await takeUp(this.send);
  },

  /** Asks what needs a started engine; waits for it where it still loads. */
  async ask(request) {
    await this.up;
    return this.send(request);
  },

  loaded(share) {
    const percent = typeof share === "number" ? Math.round(100 * share) : null;
    this.share = percent;
    if (percent === null) $("loading-bar").removeAttribute("value");
    else $("loading-bar").value = share;
    $("loading-words").textContent = words.loading(percent);
  },
};

/** Says that the log cannot be read, and resolves when the student has begun a new one. */
function broken(fault) {
  return new Promise((resolve) => {
    const box = notice("bad_log", fault);
    const erase = async () => {
      if (!confirm(words.confirm_new_log)) return;
      await log.erase();
      box.remove();
      resolve();
    };
    box.append(
      make("p", { class: "actions" },
        make("button", { type: "button", onclick: download }, words.export),
        make("button", { type: "button", onclick: erase }, words.new_log),
      ),
    );
  });
}

/** A lasting notice above the problem, once. */
function notice(word, value) {
  const id = `notice-${word}`;
  $(id)?.remove();
  const box = make("div", { id, class: "notice", role: "alert" }, make("p", {}, words[word](value)));
  $("notices").append(box);
  return box;
}

// --- the problem at hand ---------------------------------------------------------------------------------------------

/** What stands on the screen: the problem, since when, and for each part what was typed and said. */
let hand = null;

/** Problems printed beforehand: the first ones, and soon all of them. */
let bank = data.printed;

function remember() {
  memory.set("hand", hand);
}

function choice() {
  const { numbers = null, level = null } = memory.get(`choice-${data.id}`) ?? {};
  return { numbers, topic: null, level };
}

const chosen = (problem) => {
  const { numbers, level } = choice();
  return (!numbers || numbers.includes(problem.number)) && (!level || problem.level === level);
};

/** A problem printed beforehand that this student has not met, as near as may be to what comes next. */
function printed() {
  const met = log.shown();
  const level = memory.get("hand")?.problem.level ?? 1;
  const fresh = bank.filter((problem) => problem.lang === lang && chosen(problem) && !met.has(problem.code));
  return fresh.find((problem) => problem.level === level) ?? fresh[0] ?? null;
}

function put(problem) {
  hand = { page: data.id, shown: now(), problem, parts: Object.fromEntries(problem.parts.map(({ part }) => [part, {}])) };
  remember();
  show();
}

const finished = () => hand.problem.parts.every(({ part }) => hand.parts[part].done);

/** Tells the engine which problem is on the screen; where it cannot have it, takes the engine's next. */
async function takeUp(send) {
  if (hand) {
    const { problem, fault } = await send({ do: "open", code: hand.problem.code, now: hand.shown });
    if (problem && !fault) {
      if (problem.lang !== hand.problem.lang) translate(problem);
      return;
    }
  }
  await nextProblem(send);
}

async function nextProblem(send) {
  const { problem, said, fault, due: count } = await send({ do: "next", now: now() });
  if (count !== undefined) due(count);
  if (fault) throw new Error(fault);
  if (problem) {
    put(problem);
    if (said) $("problem").prepend(make("div", { class: "notice", html: said }));
    return;
  }
  hand = null;
  memory.set("hand", null);
  $("problem").replaceChildren(said ? make("div", { html: said }) : make("p", {}, words.nothing));
}

/** The same problem in the other language; what was typed and said stays. */
function translate(problem) {
  hand.problem = problem;
  remember();
  show();
}

/** Leaves the problem for the next one; focus goes to its title. */
async function leave() {
  const button = $("next");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  if (!engine.ready) $("finish").textContent = words.waiting_next;
  try {
    await engine.ask({ do: "leave", now: now() });
    await nextProblem(engine.send);
    arrive();
  } catch (error) {
    button.removeAttribute("aria-disabled");
    $("finish").textContent = words.fault(error.message);
  }
}

function arrive() {
  scrollTo(0, 0);
  ($("title") ?? $("problem")).focus({ preventScroll: true });
  if (hand) say(words.new_problem(hand.problem.title));
}

// --- a problem on the screen -----------------------------------------------------------------------------------------

function show() {
  const { problem } = hand;
  const total = problem.parts.reduce((sum, part) => sum + Number(part.points), 0);
  const about = [words.number(problem.number), words.level_of(problem.level), words.minutes(problem.minutes)];
  const code = make("code", {}, problem.code);
  const single = problem.parts.length === 1;
  $("problem").lang = problem.lang;
  $("problem").replaceChildren(
    make("h2", { id: "title", tabindex: "-1" },
      make("span", {}, problem.title), make("span", { class: "aside" }, points(total))),
    make("p", { class: "about" }, `${about.join(" · ")} · `, code),
    make("div", { class: "opening", html: problem.opening }),
    ...problem.parts.map((part) => partView(part, hand.parts[part.part], single)),
    make("p", { id: "finish", role: "status" }, finished() ? score() : ""),
    make("p", { class: "closing" }, make("button", { type: "button", id: "next", class: "main", "data-do": "next", onclick: leave }, words.next)),
  );
  widen($("problem"));
}

function score() {
  const rated = hand.problem.parts.filter(({ kind }) => kind !== "open");
  return words.finished(rated.filter(({ part }) => hand.parts[part].right).length, rated.length);
}

/** One part: its question, its field, its buttons, and what has been said about it. */
function partView(part, state, single) {
  const id = `part-${part.part}`;
  const problem = hand;
  const field = fieldOf(part, id);
  const read = make("div", { class: "read", id: `${id}-read` });
  const verdict = make("div", { class: "verdict", role: "status", "data-verdict": true });
  const steps = make("div", { class: "steps", "aria-live": "polite" });
  const how = part.how && field.previews ? make("div", { class: "how", id: `${id}-how`, hidden: true, html: part.how }) : null;
  const open = part.kind === "open";

  const button = (does, word, attributes) => make("button", { type: "button", class: "quiet", "data-do": does, "data-part": part.part, ...attributes }, word);
  const check = open ? null : button("answer", words.check, { type: "submit", class: null });
  const hint = button("hint", words.hint, { onclick: onHint });
  const solution = button("solution", open ? words.rubric : words.solution, { class: open ? null : "quiet", onclick: onSolution });
  const skip = button("skip", words.skip_part, { onclick: onSkip });
  const ask = how && button("how", words.how, { "aria-expanded": "false", "aria-controls": how.id, onclick: onHow });
  const actions = make("div", { class: "actions" }, check, open ? null : hint, solution, skip, ask);
  const form = make("form", { novalidate: true, autocomplete: "off" }, field.node, read, actions);

  field.restore(state.draft);
  if (state.said) tell(state);
  (state.steps ?? []).forEach(addStep);
  if (state.steps?.length) hint.textContent = words.more_hint;
  if (state.last) endHints();
  if (state.solution) showSolution();
  if (state.done) lock();

  form.addEventListener("submit", onCheck);
  form.addEventListener("input", onInput);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target instanceof HTMLSelectElement) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  const body = make("div", { class: "body" }, make("div", { class: "question", html: part.question }), form, how, verdict, steps);
  const letter = single ? null : make("h3", {}, make("span", { "aria-hidden": "true" }, `(${part.letter})`), make("span", { class: "unseen" }, words.part(part.letter)));
  return make("section", { class: single ? "part single" : "part", id, "data-part": part.part }, letter, body);

  function tell({ said, outcome, share, mistake }) {
    Object.assign(verdict.dataset, { outcome, share: share ?? "", mistake: mistake ?? "" });
    verdict.replaceChildren(make("div", { html: said }));
    widen(verdict);
  }

  function note(text, outcome = "note") {
    verdict.dataset.outcome = outcome;
    verdict.replaceChildren(make("p", {}, text));
  }

  function addStep(html, place) {
    const box = make("div", { class: "step" }, make("p", { class: "count" }, words.step(place + 1)), make("div", { html }));
    steps.append(box);
    widen(box);
  }

  function endHints() {
    hint.remove();
    steps.append(make("p", { class: "count" }, words.last_hint));
  }

  function showSolution() {
    const box = make("div", { class: "step", tabindex: "-1" }, make("p", { class: "count" }, words.solution), make("div", { html: state.solution }));
    steps.replaceChildren(box);
    widen(box);
    return box;
  }

  function lock() {
    field.lock();
    read.replaceChildren();
    for (const button of [check, hint, skip, ask]) button?.remove();
    if (how) how.hidden = true;
    if (state.solution) solution.remove();
    else solution.className = "quiet";
  }

  /** One request at a time for a part; faults are said where the student looks. */
  async function busy(request, waiting, then) {
    if (form.dataset.busy) return;
    form.dataset.busy = "true";
    const before = [...verdict.childNodes];
    const outcome = verdict.dataset.outcome ?? "";
    if (!engine.ready) note(waiting);
    try {
      const response = await engine.ask({ ...request, part: part.part, now: now() });
      if (response.fault) return note(words.fault(response.fault), "fault");
      if (!engine.ready || verdict.dataset.outcome === "note") {
        verdict.replaceChildren(...before);
        verdict.dataset.outcome = outcome;
      }
      then(response);
      if (hand === problem) remember();
    } catch (error) {
      note(words.fault(error.message), "fault");
    } finally {
      delete form.dataset.busy;
    }
  }

  function onCheck(event) {
    event.preventDefault();
    if (state.done || open) return;
    const typed = field.typed();
    if (typed === null) {
      note(field.picks ? words.empty_choice : words.empty);
      field.first().focus();
      return;
    }
    state.draft = field.draft();
    busy({ do: "answer", ...typed }, words.waiting, ({ said, outcome, share, mistake, right }) => {
      Object.assign(state, { said, outcome, share, mistake, right });
      tell(state);
      if (right) end();
    });
  }

  function onHint() {
    busy({ do: "hint" }, words.waiting_help, ({ html, more }) => {
      state.steps = [...(state.steps ?? []), html];
      addStep(html, state.steps.length - 1);
      hint.textContent = words.more_hint;
      if (!more) {
        state.last = true;
        const held = document.activeElement === hint;
        endHints();
        if (held) solution.focus();
      }
    });
  }

  function onSolution() {
    busy({ do: "solution" }, words.waiting_help, ({ html }) => {
      state.solution = html;
      if (open) note(words.unrated);
      const box = showSolution();
      finish();
      box.focus({ preventScroll: true });
    });
  }

  function onHow() {
    how.hidden = !how.hidden;
    ask.setAttribute("aria-expanded", String(!how.hidden));
  }

  function onSkip() {
    note(words.skipped);
    onward();
  }

  function finish() {
    state.done = true;
    lock();
    if (finished()) {
      $("finish").textContent = score();
      refreshDue();
    }
  }

  function end() {
    finish();
    onward();
  }

  /** Focus goes to the next part that is still to be answered, and after the last one to the next problem. */
  function onward() {
    const parts = [...document.querySelectorAll(".part")];
    const here = parts.findIndex((section) => section.id === id);
    const waits = (section) => section.id !== id && !hand.parts[section.dataset.part].done;
    const next = parts.slice(here + 1).find(waits) ?? (finished() ? null : parts.slice(0, here).find(waits));
    const target = next ? next.querySelector("input:not([readonly]), select, textarea, button") : $("next");
    target.focus({ preventScroll: true });
    (next ?? target).scrollIntoView({ block: "nearest" });
  }

  function onInput() {
    state.draft = field.draft();
    remember();
    clearTimeout(form.timer);
    if (!field.previews) return;
    const typed = field.typed();
    if (typed === null) return read.replaceChildren();
    form.timer = setTimeout(() => preview(typed), 250);
  }

  async function preview(typed) {
    if (!engine.ready || state.done) return;
    const asked = (form.asked = (form.asked ?? 0) + 1);
    const response = await engine.ask({ do: "preview", part: part.part, ...typed }).catch(() => ({}));
    if (form.asked !== asked || state.done || field.typed() === null) return;
    read.classList.toggle("unread", "fault" in response);
    if (response.fault) read.replaceChildren(response.fault);
    else if (response.read) read.replaceChildren(words.read, make("span", { html: response.read }));
    widen(read);
  }
}

// --- fields ----------------------------------------------------------------------------------------------------------

/** The field of a part: `node`, what is `typed` (null: nothing), its `draft`, and how it is restored and locked. */
function fieldOf(part, id) {
  const field = kinds(part, id);
  const picked = (input) => input.type === "radio" || input.type === "checkbox";
  return {
    ...field,
    first: () => field.inputs.find((input) => !picked(input) || input.checked) ?? field.inputs[0],
    draft: () => field.inputs.map((input) => (picked(input) ? input.checked : input.value)),
    restore(draft) {
      field.inputs.forEach((input, place) => {
        if (draft?.[place] === undefined) return;
        if (picked(input)) input.checked = draft[place];
        else input.value = draft[place];
      });
    },
    lock() {
      for (const input of field.inputs) {
        if (picked(input) || input.tagName === "SELECT") input.disabled = true;
        else input.readOnly = true;
      }
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

const PLAIN = { type: "text", autocapitalize: "off", autocomplete: "off", autocorrect: "off", spellcheck: "false", enterkeyhint: "done" };

function text(part, id, worth) {
  const input = make("input", { ...PLAIN, id: `${id}-answer`, "aria-describedby": `${id}-read`, class: part.kind === "number" ? "short" : "long" });
  const label = make("label", { for: input.id }, `${words.answer} ${worth}`);
  return {
    node: make("div", { class: "field" }, label, input),
    inputs: [input],
    previews: true,
    typed: () => (input.value.trim() ? { typed: input.value } : null),
  };
}

function cells(part, id, worth) {
  const rows = part.kind === "matrix" ? part.rows : 1;
  const label = (row, column) => (part.kind === "matrix" ? words.cell(row, column) : words.place(column));
  const inputs = [];
  const body = Array.from({ length: rows }, (_, row) =>
    make("tr", {}, ...Array.from({ length: part.columns }, (_, column) => {
      const input = make("input", { ...PLAIN, "aria-label": label(row + 1, column + 1), "data-row": row + 1, "data-column": column + 1, "aria-describedby": `${id}-read` });
      inputs.push(input);
      return make("td", {}, input);
    })),
  );
  const table = make("table", { class: "cells", role: "presentation" }, make("tbody", {}, ...body));
  table.addEventListener("keydown", (event) => move(event, inputs, part.columns));
  table.addEventListener("paste", (event) => spread(event, inputs, part.columns, rows));
  return {
    node: make("fieldset", { class: "field" }, make("legend", {}, `${words.answer} ${worth}`), make("div", { class: "wide" }, table)),
    inputs,
    previews: true,
    typed() {
      if (inputs.every((input) => !input.value.trim())) return null;
      return { cells: Array.from({ length: rows }, (_, row) => inputs.slice(row * part.columns, (row + 1) * part.columns).map((input) => input.value)) };
    },
  };
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

/** A pasted table fills the cells from the one that it is pasted into: rows part at line ends or semicolons. */
function spread(event, inputs, columns, rows) {
  const start = inputs.indexOf(event.target);
  const table = pieces(event.clipboardData.getData("text"), rows);
  if (start < 0 || table.flat().length < 2) return;
  event.preventDefault();
  let last = start;
  table.forEach((row, down) =>
    row.forEach((piece, across) => {
      const column = (start % columns) + across;
      const input = inputs[start - (start % columns) + down * columns + column];
      if (column >= columns || !input) return;
      input.value = piece;
      last = Math.max(last, inputs.indexOf(input));
    }),
  );
  inputs[last].focus();
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The pieces of a table as people write them; in a single row semicolons part numbers. */
function pieces(pasted, rows) {
  const plain = pasted.trim().replace(/\]\s*[,;]?\s*\[/g, "\n").replace(/[[\](){}]/g, "");
  const lines = plain.split(rows > 1 ? /[\n;]/ : /\n/).map((line) => line.trim()).filter(Boolean);
  return lines.map((line) => {
    if (/[;\t]/.test(line)) return line.split(/[;\t]/).map((piece) => piece.trim());
    return line.split(/,\s+|\s+/).flatMap((piece) => (/^[^,]*,[^,]*$/.test(piece) ? [piece] : piece.split(",")));
  }).filter((row) => row.length);
}

function options(part, id, worth) {
  const several = part.kind === "choices";
  const type = several ? "checkbox" : "radio";
  const row = (letter, html) => {
    const input = make("input", { type, name: id, value: letter });
    const label = html === null ? words.none_of_them : make("span", { html });
    return [input, make("label", { class: "option" }, input, make("span", { class: "letter" }, html === null ? "" : `${letter})`), label)];
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
    node: make("fieldset", { class: "field options" }, make("legend", {}, `${several ? words.pick_some : words.pick_one} ${worth}`), ...rows.map(([, label]) => label)),
    inputs,
    picks: true,
    typed() {
      const letters = inputs.filter((input) => input.checked).map((input) => input.value);
      return letters.length ? { typed: letters.join(", ") } : null;
    },
  };
}

function matching(part, id, worth) {
  const selects = part.items.map((_, place) =>
    make("select", { id: `${id}-${place}`, "aria-label": words.item(place + 1) },
      make("option", { value: "" }, "—"), ...part.options.map(({ letter }) => make("option", { value: letter }, letter))));
  const items = part.items.map((html, place) =>
    make("li", {}, make("span", { class: "label" }, `${place + 1}.`), make("span", { class: "item", html }), selects[place]));
  const options = part.options.map(({ letter, html }) =>
    make("li", {}, make("span", { class: "label" }, `${letter})`), make("span", { class: "item", html })));
  return {
    node: make("fieldset", { class: "field matching" }, make("legend", {}, `${words.pick_each} ${worth}`),
      make("ol", { class: "pairs" }, ...items), make("ol", { class: "pairs" }, ...options)),
    inputs: selects,
    picks: true,
    typed() {
      const pairs = selects.flatMap((select, place) => (select.value ? [`${place + 1}-${select.value}`] : []));
      return pairs.length ? { typed: pairs.join(", ") } : null;
    },
  };
}

function writing(part, id, worth) {
  const input = make("textarea", { id: `${id}-answer`, rows: "3" });
  return {
    node: make("div", { class: "field" }, make("label", { for: input.id }, `${words.open} ${worth}`), input),
    inputs: [input],
    typed: () => null,
  };
}

// --- what is wider than the screen -----------------------------------------------------------------------------------

/** Puts what may be wider than the screen into boxes that scroll, and lets the keyboard reach those that do. */
function widen(root) {
  for (const element of root.querySelectorAll("table.data, math[display=block], pre")) {
    if (!element.parentElement.classList.contains("wide")) {
      const box = make("div", { class: "wide" });
      element.replaceWith(box);
      box.append(element);
    }
  }
  for (const math of root.querySelectorAll("math:not([display=block])")) {
    if (math.parentElement.classList.contains("wide-line")) continue;
    const room = math.closest("p, li, label, .read, div")?.clientWidth ?? 0;
    if (room && math.getBoundingClientRect().width > room) {
      const box = make("span", { class: "wide wide-line" });
      math.replaceWith(box);
      box.append(math);
    }
  }
  for (const box of root.querySelectorAll(".wide")) reach(box);
}

function reach(box) {
  const scrolls = box.scrollWidth > box.clientWidth + 1 && !box.querySelector("input");
  if (scrolls) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", words.wide);
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}

// --- dialogs ---------------------------------------------------------------------------------------------------------

const dialogs = { choose: fillChoice, progress: fillProgress, help: fillHelp, about: fillAbout };

function fillChoice() {
  const { numbers, level } = choice();
  const levels = [...new Set(data.exercises.flatMap((exercise) => exercise.levels))].sort();
  const radio = (value, label) =>
    make("label", {}, make("input", { type: "radio", name: "level", value, checked: value === String(level ?? "") }), label);
  $("levels").replaceChildren(radio("", words.level_rising), ...levels.map((n) => radio(String(n), String(n))));
  const box = ({ number, title }) =>
    make("label", { class: "option" }, make("input", { type: "checkbox", name: "number", value: String(number), checked: Boolean(numbers?.includes(number)) }),
      make("span", { class: "letter" }, `${number}.`), make("span", {}, title[lang]));
  const topics = data.topics.map((topic) => {
    const exercises = data.exercises.filter((exercise) => exercise.topic === topic.name);
    if (!exercises.length) return null;
    const boxes = exercises.map(box);
    const inputs = boxes.map((label) => label.querySelector("input"));
    const all = () => {
      const on = !inputs.every((input) => input.checked);
      for (const input of inputs) input.checked = on;
    };
    const whole = make("button", { type: "button", class: "quiet", onclick: all, "aria-label": `${topic.title[lang]}: ${words.whole_topic}` }, words.whole_topic);
    return make("fieldset", { class: "options" }, make("legend", {}, topic.title[lang]), whole, ...boxes);
  });
  $("exercises").replaceChildren(...topics.filter(Boolean));
}

async function chooseProblems() {
  const form = new FormData($("choice"));
  const numbers = form.getAll("number").map(Number);
  memory.set(`choice-${data.id}`, { numbers: numbers.length ? numbers : null, level: Number(form.get("level")) || null });
  const other = !hand || !chosen(hand.problem);
  if (!engine.ready) {
    if (other) fresh();
    return;
  }
  try {
    const { fault } = await engine.ask({ do: "choose", ...choice(), lang });
    if (fault) throw new Error(fault);
    if (!other) return;
    if (hand) await engine.ask({ do: "leave", now: now() });
    await nextProblem(engine.send);
    arrive();
  } catch (error) {
    say(words.fault(error.message));
  }
}

async function fillProgress() {
  $("log-said").textContent = "";
  $("import").value = "";
  const count = [...log.lines.keys()].filter((key) => key !== "header").length;
  $("log-place").textContent = log.database ? words.log_kept(count) : words.log_unkept;
  const table = $("progress-table");
  if (!engine.ready) table.replaceChildren(make("p", {}, words.waiting_progress));
  try {
    const response = await engine.ask({ do: "progress", now: now() });
    if (response.fault) throw new Error(response.fault);
    table.innerHTML = response.html;
    due(response.due);
    widen(table);
  } catch (error) {
    table.replaceChildren(make("p", {}, words.fault(error.message)));
  }
}

function fillHelp() {
  const section = ([title, lines]) => [
    make("h3", {}, title),
    make("ul", {}, ...lines.map(([lead, rest]) => make("li", {}, make("strong", {}, lead), rest))),
  ];
  $("help-words").replaceChildren(...words.help_sections.flatMap(section));
}

function fillAbout() {
  $("about-words").replaceChildren(...words.about_words.map((line) => make("p", {}, line)));
}

function download() {
  const file = new Blob([log.file().map((line) => `${line}\n`).join("")], { type: "application/jsonl" });
  const link = make("a", { href: URL.createObjectURL(file), download: `listok-drill-${now().slice(0, 10)}.jsonl` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function upload(event) {
  const [file] = event.target.files;
  if (!file) return;
  const told = $("log-said");
  try {
    const lines = (await file.text()).split("\n").filter((line) => line.trim());
    if (!engine.ready) told.textContent = words.waiting_help;
    const response = await engine.ask({ do: "import", lines });
    if (response.fault) throw new Error(response.fault);
    await fillProgress();
    told.textContent = response.said;
  } catch (error) {
    told.textContent = `${words.not_read} ${error.message}`;
  }
}

function due(count) {
  if (typeof count !== "number") return;
  $("due").textContent = words.due(count);
  $("due").dataset.count = count;
}

async function refreshDue() {
  const response = await engine.ask({ do: "progress", now: now() }).catch(() => ({}));
  due(response.due);
}

// --- look and language -----------------------------------------------------------------------------------------------

function speak() {
  words = WORDS[lang];
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", words[element.dataset.label]);
  $("language").lang = lang === "ru" ? "en" : "ru";
  $("name").textContent = data.title || words.name;
  document.title = `${data.title || words.name} · listok`;
  $("made").textContent = data.made;
  due(Number($("due").dataset.count ?? NaN));
  if (!$("loading").hidden) $("loading-words").textContent = words.loading(engine.share ?? null);
}

async function otherLanguage() {
  lang = lang === "ru" ? "en" : "ru";
  memory.set("lang", lang);
  speak();
  if (hand && !engine.ready) {
    const twin = bank.find((problem) => problem.code === hand.problem.code && problem.lang === lang);
    if (twin) translate(twin);
  }
  try {
    await engine.ask({ do: "choose", ...choice(), lang });
    await takeUp(engine.send);
  } catch (error) {
    say(words.fault(error.message));
  }
}

function look(name) {
  document.documentElement.dataset.look = name;
  $("look").value = name;
}

// --- start -----------------------------------------------------------------------------------------------------------

/** A problem printed beforehand, or word that the engine will bring one. */
function fresh() {
  const problem = printed();
  if (problem) put(problem);
  else {
    hand = null;
    $("problem").replaceChildren(make("p", {}, words.waiting_next));
  }
}

async function start() {
  look(memory.get("look") ?? "auto");
  speak();
  $("look").addEventListener("change", (event) => {
    look(event.target.value);
    memory.set("look", event.target.value);
  });
  $("language").addEventListener("click", otherLanguage);
  $("export").addEventListener("click", download);
  $("import").addEventListener("change", upload);
  $("choose").addEventListener("close", () => $("choose").returnValue && chooseProblems());
  for (const button of document.querySelectorAll("[data-dialog]")) {
    button.addEventListener("click", () => {
      const dialog = $(button.dataset.dialog);
      dialog.returnValue = "";
      dialogs[dialog.id]();
      dialog.showModal();
    });
  }
  addEventListener("resize", () => widen(document.body));

  await log.open();
  const before = memory.get("hand");
  if (before?.page === data.id && chosen(before.problem)) {
    hand = before;
    if (finished()) fresh();
    else show();
  } else fresh();
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  bank = await unpackPrinted().catch(() => bank);
  if (!hand) fresh();
  await engine.start();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
