/* One part of a problem on the screen.

Html comes from the engine alone, as listok prints and escapes it; what a student types is only ever text. */
"use strict";

/** One part: its question, its field, its buttons, and what has been said about it. */
function partView(part, state, single) {
  const id = `part-${part.part}`;
  const problem = hand;
  const field = fieldOf(part, id);
  const read = make("div", { class: "read", id: `${id}-read` });
  const verdict = make("div", { class: "verdict", role: "status", "data-verdict": true });
  const steps = make("div", { class: "steps", "aria-live": "polite" });
  const how =
    part.how && field.previews ? make("div", { class: "how", id: `${id}-how`, hidden: true }, part.how) : null;
  const open = part.kind === "open";

  const button = (does, word, attributes) =>
    make("button", { type: "button", class: "quiet", "data-do": does, "data-part": part.part, ...attributes }, word);
  const check = open ? null : button("answer", words.check, { type: "submit", class: null });
  const hint = button("hint", words.hint, { onclick: onHint });
  const solution = button("solution", open ? words.rubric : words.solution, {
    class: open ? null : "quiet",
    onclick: onSolution,
  });
  const skip = button("skip", words.skip_part, { onclick: onSkip });
  const howTo = how && button("how", words.how, { "aria-expanded": "false", "aria-controls": how.id, onclick: onHow });
  const actions = make("div", { class: "actions" }, check, open ? null : hint, solution, skip, howTo);
  const form = make("form", { novalidate: true, autocomplete: "off" }, field.node, read, actions);

  if (state.draft) field.restore(state.draft);
  else if (state.typed) field.retype(state.typed);
  if (state.said) tell(state);
  (state.steps ?? []).forEach(addStep);
  if (state.steps?.length) hint.textContent = words.more_hint;
  if (state.more === false) endHints();
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

  const body = make(
    "div",
    { class: "body" },
    make("div", { class: "question", html: part.question }),
    form,
    how,
    verdict,
    steps,
  );
  const letter = single
    ? null
    : make(
        "h3",
        {},
        make("span", { "aria-hidden": "true" }, `(${part.letter})`),
        make("span", { class: "unseen" }, words.part(part.letter)),
      );
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
    const box = make(
      "div",
      { class: "step" },
      make("p", { class: "count" }, words.step(place + 1)),
      make("div", { html }),
    );
    steps.append(box);
    widen(box);
  }

  function endHints() {
    hint.remove();
    steps.append(make("p", { class: "count" }, words.last_hint));
  }

  function showSolution() {
    const box = make(
      "div",
      { class: "step", tabindex: "-1" },
      make("p", { class: "count" }, words.solution),
      make("div", { html: state.solution }),
    );
    steps.replaceChildren(box);
    widen(box);
    return box;
  }

  function lock() {
    field.lock();
    read.replaceChildren();
    for (const button of [check, hint, skip, howTo]) button?.remove();
    if (how) how.hidden = true;
    solution.className = "quiet";
    if (state.solution || state.more === false) solution.remove();
    else verdict.after(solution);
    actions.remove();
  }

  /** Asks about this part; nothing comes back where another problem has taken the place of this one meanwhile. */
  async function ask(request) {
    await engine.up;
    if (hand !== problem) return null;
    const response = await engine.ask({ ...request, part: part.part, now: now() });
    return hand === problem ? response : null;
  }

  /** One request at a time for a part; faults are said where the student looks. */
  async function busy(request, waiting, then) {
    if (form.dataset.busy) return;
    form.dataset.busy = "true";
    if (!engine.ready) note(waiting);
    try {
      const response = await ask(request);
      if (!response) return;
      if (response.fault) return note(words.fault(response.fault), "fault");
      if (verdict.dataset.outcome === "note") verdict.replaceChildren();
      if (state.said) tell(state);
      then(response);
      remember();
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
      state.more = more;
      state.steps = [...(state.steps ?? []), html];
      addStep(html, state.steps.length - 1);
      hint.textContent = words.more_hint;
      if (!more) {
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
    howTo.setAttribute("aria-expanded", String(!how.hidden));
  }

  function onSkip() {
    busy({ do: "skip" }, words.waiting_help, () => {
      note(words.skipped);
      onward();
    });
  }

  function finish() {
    state.done = true;
    lock();
    if (finished()) {
      $("finish").textContent = score();
      wrapUp().catch(() => {});
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
    const target = next ? next.querySelector("input:not([readonly], :disabled), select, textarea, button") : $("next");
    target.focus({ preventScroll: true });
    (next ?? target).scrollIntoView({ block: "nearest" });
  }

  function onInput() {
    state.draft = field.draft();
    remember();
    clearTimeout(form.timer);
    if (!field.previews) return;
    const typed = field.typed();
    if (typed === null || typed.cells?.flat().some((cell) => !cell.trim())) return read.replaceChildren();
    form.timer = setTimeout(() => preview(typed), 250);
  }

  async function preview(typed) {
    if (!engine.ready || state.done) return;
    const asked = (form.asked = (form.asked ?? 0) + 1);
    const response = await ask({ do: "preview", ...typed }).catch(() => null);
    if (!response || form.asked !== asked || state.done || field.typed() === null) return;
    read.classList.toggle("unread", "fault" in response);
    if (response.fault) read.replaceChildren(response.fault);
    else if (response.read) read.replaceChildren(words.read, make("span", { html: response.read }));
    widen(read);
  }
}

// --- what is wider than the screen ---------------------------------------------------------------------------------

/** Puts what may be wider than the screen into boxes that scroll, and lets the keyboard reach those that do; no line
 * ends between a formula and the mark after it. */
function widen(root) {
  for (const math of root.querySelectorAll("math:not([display=block])")) glue(math);
  for (const element of root.querySelectorAll("table.data, math[display=block], pre")) {
    if (!element.parentElement.classList.contains("wide")) {
      const box = make("div", { class: "wide" });
      element.replaceWith(box);
      box.append(element);
    }
  }
  for (const math of root.querySelectorAll("math:not([display=block])")) {
    if (math.closest(".wide")) continue;
    const room = math.closest(".item, .option > *, p, li, .read, div")?.getBoundingClientRect().width ?? 0;
    const whole = math.closest(".glued") ?? math;
    if (room && whole.getBoundingClientRect().width > room) {
      const box = make("span", { class: "wide wide-line" });
      whole.replaceWith(box);
      box.append(whole);
    }
  }
  for (const head of root.querySelectorAll("th")) nameOf(head);
  for (const box of root.querySelectorAll(".wide")) reach(box);
}

function glue(math) {
  const mark = /^[.,;:!?)»…]+/.exec(math.nextSibling?.nodeType === Node.TEXT_NODE ? math.nextSibling.data : "");
  if (!mark || math.parentElement.classList.contains("glued")) return;
  const rest = math.nextSibling;
  const box = make("span", { class: "glued" });
  rest.splitText(mark[0].length);
  math.replaceWith(box);
  box.append(math, rest);
}

/** A heading that is a formula alone begins with a word for those who listen; not every tool reads MathML in it. */
function nameOf(head) {
  if (head.children.length !== 1 || head.textContent !== head.querySelector("math")?.textContent) return;
  head.prepend(make("span", { class: "unseen" }, words.column));
}

/** What is a little too wide is set smaller; what is much wider scrolls, and the keyboard can reach it. */
function reach(box) {
  box.classList.remove("snug", "tight");
  const excess = box.scrollWidth / box.clientWidth;
  if (excess > 1 && excess < 1.28) box.classList.add(excess < 1.13 ? "snug" : "tight");
  const scrolls = box.scrollWidth > box.clientWidth + 1;
  box.classList.toggle("scrolls", scrolls);
  if (scrolls && !box.querySelector("input")) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", words.wide);
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}
