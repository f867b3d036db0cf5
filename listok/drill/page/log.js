/* The student's log in the browser: one line an event, kept before what it tells of is shown. */
"use strict";

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
    const entries = lines.map((line) => [keyOf(line), line]).filter(([key]) => !this.lines.has(key));
    for (const [key, line] of entries) this.lines.set(key, line);
    if (!this.database || !entries.length) return;
    try {
      const change = this.database.transaction("lines", "readwrite", { durability: "strict" });
      const store = change.objectStore("lines");
      for (const [key, line] of entries) {
        const known = store.getKey(key);
        known.onsuccess = () => known.result === undefined && store.add(line, key);
      }
      await complete(change);
      this.tabs?.postMessage(entries.map(([, line]) => line));
    } catch (error) {
      this.lost(error);
    }
  },

  /** Whether the log begins as the engine was told; another tab may have begun one meanwhile, which is then read. */
  async begun(lines) {
    await this.read();
    const header = lines.find((line) => keyOf(line) === "header");
    return header === undefined || this.lines.get("header") === header;
  },

  /** The lines of the file that is taken to another place: the header, then the events as they came. */
  file() {
    const events = [...this.lines].filter(([key]) => key !== "header");
    const timed = events.map(([, line]) => [Date.parse(parsed(line)?.at ?? "") || 0, line]);
    const lines = timed.sort(([one], [other]) => one - other).map(([, line]) => line);
    return this.lines.has("header") ? [this.lines.get("header"), ...lines] : lines;
  },

  async erase() {
    this.lines.clear();
    if (this.database) {
      const change = this.database.transaction("lines", "readwrite");
      change.objectStore("lines").clear();
      await complete(change);
    }
  },

  /** The codes of problems that this student was shown, or of those that were left. */
  codes(kind) {
    const events = [...this.lines.values()].map(parsed);
    return new Set(events.filter((event) => event?.event === kind).map((event) => event.code));
  },

  /** Takes up what another tab has written down. */
  heard(lines) {
    for (const line of lines) this.lines.set(keyOf(line), line);
    engine.ask({ do: "import", lines: [this.lines.get("header"), ...lines] }).catch(() => {});
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
