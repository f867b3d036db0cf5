/* The drill's page: the engine, the problem at hand, dialogs. What is right, due or next is the engine's to say. */
"use strict";

// --- the engine ----------------------------------------------------------------------------------------------------

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
      const response = JSON.parse(await handle(JSON.stringify(request)).catch(stopped));
      await log.keep(response.log ?? []);
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
      const request = { do: "start", lines: log.file(), lang, scope: data.scope, pool: data.pool, now: now() };
      const response = await this.send(request);
      if (response.fault) {
        await broken(response.fault);
        continue;
      }
      if (await log.begun(response.log)) break;
    }
    due((await this.send({ do: "choose", ...choice(), lang, now: now() })).due);
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

/** An engine that has stopped does not come back before the page is loaded again. */
function stopped(error) {
  notice("stopped", error.message);
  throw error;
}

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
      make(
        "p",
        { class: "actions" },
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

// --- the problem at hand -------------------------------------------------------------------------------------------

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

/** A problem that stands ready and was not shown yet: the engine's choice of last time, or one of those in the page. */
function printed() {
  const met = log.codes("shown");
  const ahead = memory.get("ahead");
  if (ahead?.page === data.id && ahead.problem.lang === lang && chosen(ahead.problem) && !met.has(ahead.problem.code))
    return ahead.problem;
  const level = memory.get("hand")?.problem.level ?? 1;
  const fresh = bank.filter((problem) => problem.lang === lang && chosen(problem) && !met.has(problem.code));
  return fresh.find((problem) => problem.level === level) ?? fresh[0] ?? null;
}

/** Puts a problem on the screen, with what the log says was `tried` for its parts, and how they were `helped`. */
function put(problem, tried = {}, helped = {}) {
  const state = ({ part }) => {
    const { steps, more } = helped[part] ?? {};
    return [part, { ...tried[part], ...(steps && { steps, more }), ...(tried[part]?.right && { done: true }) }];
  };
  hand = { page: data.id, shown: now(), problem, parts: Object.fromEntries(problem.parts.map(state)) };
  remember();
  show();
}

const finished = () => hand.problem.parts.every(({ part }) => hand.parts[part].done);

/** Tells the engine which problem is on the screen; where it cannot have it, takes the engine's next. One that the log
 * says is unfinished comes back where nothing was typed yet in what is on the screen. */
async function takeUp(send) {
  const untouched = !hand || Object.values(hand.parts).every((state) => !Object.keys(state).length);
  const { code } = untouched ? await send({ do: "unfinished" }) : {};
  const wanted = code ?? hand?.problem.code;
  if (wanted) {
    const { problem, tried, helped, fault } = await send({ do: "open", code: wanted, lang, now: hand?.shown ?? now() });
    if (!fault) {
      if (wanted !== hand?.problem.code) put(problem, tried, helped);
      else if (problem.lang !== hand.problem.lang) translate(problem, tried, helped);
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
    if (said) $("problem").prepend(make("p", { class: "notice" }, said));
    return;
  }
  hand = null;
  memory.set("hand", null);
  $("problem").replaceChildren(make("p", {}, said));
}

/** The same problem in the other language; what was typed stays, what was said is said again. */
function translate(problem, tried = {}, helped = {}) {
  hand.problem = problem;
  for (const { part } of problem.parts) {
    const state = hand.parts[part];
    if (tried[part]) state.said = tried[part].said;
    if (helped[part]) state.steps = helped[part].steps;
    if (state.solution && helped[part]) state.solution = helped[part].solution;
  }
  remember();
  show();
}

/** Tells the engine, once, that the problem is done with. */
async function leaveOnce() {
  if (!hand || hand.left) return {};
  hand.left = true;
  remember();
  return engine.ask({ do: "leave", now: now() });
}

/** Leaves the problem for the next one; focus goes to its title. */
async function leave() {
  const button = $("next");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  if (!engine.ready) $("finish").textContent = words.waiting_next;
  try {
    await leaveOnce();
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

function show() {
  const { problem } = hand;
  const opening = make("div", { class: "opening", html: problem.opening });
  const title = opening.querySelector("h2");
  const about = [words.number(problem.number), words.level_of(problem.level), words.minutes(problem.minutes)];
  title.id = "title";
  title.tabIndex = -1;
  title.after(make("p", { class: "about" }, `${about.join(" · ")} · `, make("code", {}, problem.code)));
  const single = problem.parts.length === 1;
  $("problem").lang = problem.lang;
  $("problem").replaceChildren(
    opening,
    ...problem.parts.map((part) => partView(part, hand.parts[part.part], single)),
    make("p", { id: "finish", role: "status" }, finished() ? score() : ""),
    make(
      "p",
      { class: "closing" },
      make("button", { type: "button", id: "next", class: "main", "data-do": "next", onclick: leave }, words.next),
    ),
  );
  widen($("problem"));
}

function score() {
  const rated = hand.problem.parts.filter(({ kind }) => kind !== "open");
  return words.finished(rated.filter(({ part }) => hand.parts[part].right).length, rated.length);
}

// --- dialogs -------------------------------------------------------------------------------------------------------

const dialogs = { choose: fillChoice, progress: fillProgress, help: fillHelp, about: fillAbout };

function fillChoice() {
  const { numbers, level } = choice();
  const levels = [...new Set(data.exercises.flatMap((exercise) => exercise.levels))].sort();
  const radio = (value, label) =>
    make(
      "label",
      {},
      make("input", { type: "radio", name: "level", value, checked: value === String(level ?? "") }),
      label,
    );
  $("levels").replaceChildren(
    radio("", data.scope.rising ? words.level_rising : words.level_any),
    ...levels.map((n) => radio(String(n), String(n))),
  );
  $("levels").parentElement.hidden = levels.length < 2;
  const box = ({ number, title }) =>
    make(
      "label",
      { class: "option" },
      make("input", {
        type: "checkbox",
        name: "number",
        value: String(number),
        checked: Boolean(numbers?.includes(number)),
      }),
      make("span", { class: "letter" }, `${number}.`),
      make("span", {}, title[lang]),
    );
  const topics = data.topics.map((topic) => {
    const exercises = data.exercises.filter((exercise) => exercise.topic === topic.name);
    if (!exercises.length) return null;
    const boxes = exercises.map(box);
    const inputs = boxes.map((label) => label.querySelector("input"));
    const all = () => {
      const on = !inputs.every((input) => input.checked);
      for (const input of inputs) input.checked = on;
    };
    const whole =
      exercises.length < 2
        ? null
        : make(
            "button",
            {
              type: "button",
              class: "quiet",
              onclick: all,
              "aria-label": `${topic.title[lang]}: ${words.whole_topic}`,
            },
            words.whole_topic,
          );
    return make("fieldset", { class: "options" }, make("legend", {}, topic.title[lang]), whole, ...boxes);
  });
  $("exercises").replaceChildren(...topics.filter(Boolean));
}

async function chooseProblems() {
  const form = new FormData($("choice"));
  const numbers = form.getAll("number").map(Number);
  memory.set(`choice-${data.id}`, {
    numbers: numbers.length ? numbers : null,
    level: Number(form.get("level")) || null,
  });
  const other = !hand || !chosen(hand.problem);
  if (!engine.ready) {
    if (other) fresh();
    return;
  }
  try {
    const { fault } = await engine.ask({ do: "choose", ...choice(), lang });
    if (fault) throw new Error(fault);
    if (!other) return;
    await leaveOnce();
    await nextProblem(engine.send);
    arrive();
  } catch (error) {
    say(words.fault(error.message));
  }
}

async function fillProgress() {
  $("log-said").textContent = "";
  $("file").value = "";
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
  for (const title of document.querySelectorAll(".licences h3")) fold(title);
}

/** A title and what follows it, up to the next title, as something that opens. */
function fold(title) {
  const box = make("details", {}, make("summary", {}, title.textContent));
  while (title.nextElementSibling && title.nextElementSibling.tagName !== "H3") box.append(title.nextElementSibling);
  title.replaceWith(box);
}

function download() {
  const file = new Blob(
    [
      log
        .file()
        .map((line) => `${line}\n`)
        .join(""),
    ],
    { type: "application/jsonl" },
  );
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
  if (!Number.isFinite(count)) return;
  $("due").textContent = words.due(count);
  $("due").dataset.count = count;
}

/** After a problem: what is due now, and the next problem, to stand on the screen as soon as the page is opened. */
async function wrapUp() {
  due((await leaveOnce()).due);
  const { problem } = await engine.ask({ do: "ahead", now: now() });
  memory.set("ahead", problem && { page: data.id, problem });
}

// --- look and language ---------------------------------------------------------------------------------------------

function speak() {
  words = WORDS[lang];
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", words[element.dataset.label]);
  $("language").hidden = languages.length < 2;
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

// --- start ---------------------------------------------------------------------------------------------------------

/** Puts the problem of last time back on the screen, unless it was finished or left. */
function takeBack(before) {
  if (before?.page !== data.id || !chosen(before.problem) || log.codes("left").has(before.problem.code)) return false;
  hand = { ...before, left: false };
  if (finished()) return false;
  if (!log.codes("shown").has(hand.problem.code)) hand.shown = now();
  show();
  return true;
}

/** Puts a problem that stands ready on the screen, or word that the engine will bring one. */
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
  $("import").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", upload);
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
  if (!takeBack(memory.get("hand"))) fresh();
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  bank = await unpackPrinted().catch(() => bank);
  if (!hand) fresh();
  await engine.start();
}

start();
