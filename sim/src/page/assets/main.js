// The state of the page, what the reader can do, and a check of itself.

const SPEEDS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

const state = {
  time: 0,
  speed: 1,
  node: null,
  through: false,
  playing: false,

  go(time) {
    this.time = clamp(time, 0, end);
    document.getElementById("clock").textContent = seconds(this.time);
    const slider = document.getElementById("slider");
    slider.value = String(Math.round((this.time / end) * 10_000));
    slider.setAttribute("aria-valuetext", seconds(this.time));
    player.draw();
    side.draw();
    timeline.drawCursor();
    list.mark();
    this.tell();
  },
  // Goes to a moment and looks at its node.
  stop(moment) {
    this.play(false);
    if (moment.node !== null && moment.node !== undefined) this.select(moment.node);
    this.go(moment.at);
  },
  select(node) {
    this.node = node;
    document.getElementById("node").value = node === null ? "" : String(node);
    player.draw();
    side.draw();
    timeline.drawCursor();
  },
  play(playing) {
    if (playing && this.time >= end) this.time = 0;
    this.playing = playing;
    const button = document.getElementById("play");
    document.getElementById("play-icon").setAttribute("d", playing ? "M3.5 3h3v10h-3zM9.5 3h3v10h-3z" : "M4 2.5v11L13.5 8z");
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
    if (playing) requestAnimationFrame((now) => this.frame(now, now));
  },
  frame(now, last) {
    if (!this.playing) return;
    this.go(this.time + Math.min(now - last, 100) * 1000 * this.speed);
    if (this.time >= end) return this.play(false);
    requestAnimationFrame((next) => this.frame(next, now));
  },
  // What the box beside the ring says.
  tell() {
    const moment = list.now();
    const words = moment ? [element("small", {}, seconds(moment.at)), moment.text] : [element("small", {}, seconds(0)), "Nothing has happened yet."];
    document.getElementById("now").replaceChildren(...words);
  },
};

function wire() {
  const by = (id) => document.getElementById(id);
  by("theme").onclick = () => theme.toggle();
  by("copy").onclick = () => navigator.clipboard?.writeText(by("command").textContent).then(() => { by("copy").textContent = "Copied"; }, () => {});
  by("play").onclick = () => state.play(!state.playing);
  by("previous").onclick = () => list.step(-1);
  by("next").onclick = () => list.step(1);
  by("slider").oninput = (event) => { state.play(false); state.go((event.target.value / 10_000) * end); };
  by("speed").append(...SPEEDS.map((speed) => element("option", { value: String(speed), selected: speed === 1 }, `${speed}×`)));
  by("speed").onchange = (event) => { state.speed = Number(event.target.value); };
  by("node").append(element("option", { value: "" }, "none"), ...recording.nodes.map((name, node) => element("option", { value: String(node) }, name)));
  by("node").onchange = (event) => state.select(event.target.value === "" ? null : Number(event.target.value));
  by("through").onchange = (event) => { state.through = event.target.checked; player.draw(); };
  addEventListener("keydown", onKey);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  theme.listeners.push(redraw);
  theme.system.addEventListener("change", () => theme.apply());
}

function onKey(event) {
  const busy = event.target.closest("input, select, button");
  if (event.ctrlKey || event.metaKey || event.altKey || (busy && (event.key === " " || event.key.startsWith("Arrow")))) return;
  const span = timeline.to - timeline.from;
  const neighbour = (by) => {
    const { rows } = timeline;
    const row = state.node === null ? (by > 0 ? -1 : rows.length) : rows.indexOf(state.node);
    state.select(rows[clamp(row + by, 0, rows.length - 1)]);
  };
  const onTimeline = document.activeElement === timeline.canvas;
  const actions = {
    " ": () => state.play(!state.playing),
    ",": () => list.step(-1),
    ".": () => list.step(1),
    ArrowLeft: () => state.go(state.time - span / (event.shiftKey ? 20 : 200)),
    ArrowRight: () => state.go(state.time + span / (event.shiftKey ? 20 : 200)),
    ArrowUp: onTimeline && (() => neighbour(-1)),
    ArrowDown: onTimeline && (() => neighbour(1)),
    "+": () => timeline.scale(0.5),
    "-": () => timeline.scale(2),
    0: () => timeline.zoom(0, end),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function redraw() {
  timeline.columns = null;
  timeline.draw();
  charts.draw();
  state.go(state.time);
}

// A link can name a time in seconds, a node and a theme: #t=12.5&node=3&theme=dark.
function open() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const first = telling();
  const node = wanted.has("node") ? Number(wanted.get("node")) : first?.node ?? 0;
  state.select(node >= 0 && node < count ? node : null);
  state.go(wanted.has("t") ? Number(wanted.get("t")) * 1e6 || 0 : first?.at ?? 0);
  if (wanted.has("check")) check();
}

// Where the player stands at first: when somebody knew of the first crash, or else at the first cut.
function telling() {
  const death = recording.deaths.find(({ declared }) => declared);
  if (death) return { at: death.at + death.declared[0], node: death.node };
  return list.told.find(({ kind }) => kind === "crash" || kind === "cut" || kind === "leave");
}

// Uses everything once and says in the title whether it worked; a test of the page reads that.
function check() {
  const wrong = [];
  const expect = (good, words) => { if (!good) wrong.push(words); };
  const small = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const blank = (canvas) => {
    small.drawImage(canvas, 0, 0, small.canvas.width, small.canvas.height);
    const pixels = new Uint32Array(small.getImageData(0, 0, small.canvas.width, small.canvas.height).data.buffer);
    return pixels.every((pixel) => pixel === pixels[0]);
  };
  try {
    expect(timeline.rows.length === count, "a row for each node");
    expect(!blank(timeline.canvas), "the timeline is drawn");
    expect(document.querySelectorAll("figure:not([hidden]) .chart > :first-child").length === document.querySelectorAll("figure:not([hidden])").length, "no chart is empty");
    for (let part = 0; part <= 10; part++) {
      state.go((end * part) / 10);
      expect(!blank(player.canvas), `the ring is drawn at ${part} tenths`);
    }
    expect(agrees(player.world), "the beliefs at the end are those that were counted");
    const forwards = player.world.view.join("");
    state.go(0);
    state.go(end);
    expect(player.world.view.join("") === forwards, "the same time is the same state");
    state.go(0);
    list.step(1);
    expect(state.time > 0 || list.told.every(({ at }) => at === 0), "a step goes to the next moment");
    for (const key of ["+", "-", "0", ".", ",", "ArrowRight"]) dispatchEvent.call(document.body, new KeyboardEvent("keydown", { key, bubbles: true }));
    timeline.zoom(end * 0.4, end * 0.6);
    timeline.choose("eventful");
    timeline.choose("all");
    timeline.zoom(0, end);
    theme.toggle();
    theme.toggle();
    state.select(count - 1);
    state.through = true;
    player.draw();
  } catch (error) {
    wrong.push(String(error?.stack ?? error));
  }
  document.title = wrong.length ? `check failed: ${wrong.join("; ")}` : "check passed";
}

// Whether the share of right beliefs at the end, counted here, is what the recording says.
function agrees(world) {
  world.seek(end);
  let right = 0;
  for (let observer = 0; observer < count; observer++) {
    if (!world.present[observer]) continue;
    for (let subject = 0; subject < count; subject++) {
      if (subject === observer || recording.clusters[subject] !== recording.clusters[observer]) continue;
      const belief = world.believes(observer, subject);
      right += world.present[subject] ? belief === ALIVE : belief !== ALIVE && belief !== 2;
    }
  }
  return recording.beliefs.end !== null || right === recording.agreement[recording.agreement.length - 1]?.[1];
}

addEventListener("error", (event) => { document.title = `check failed: ${event.message}`; });
theme.apply();
drawFigures();
wire();
list.start();
timeline.start();
player.start();
charts.draw();
open();
