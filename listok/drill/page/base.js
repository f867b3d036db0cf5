/* What all of the page stands on: its data, elements, the clock, small settings, the language. */
"use strict";

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("drill-data").textContent);

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

const languages = Object.keys(data.exercises[0].title);

let lang = languages.includes(memory.get("lang")) ? memory.get("lang") : data.lang;
let words = WORDS[lang];

/** ``2 балла``, ``1 point``. */
function points(count) {
  const forms = words.points;
  return `${count}\u00a0${forms[new Intl.PluralRules(lang).select(count)] ?? forms.other}`;
}

/** Tells those who listen; on the screen it is seen anyway. */
const say = (text) => ($("status").textContent = text);
