// The list of moments, and the figures at the top.

const MOMENT_COLORS = { crash: "dead", dead: "dead", suspect: "suspect", leave: "left", exit: "left", restart: "alive", start: "unknown", refute: "alive", cut: "cut", whole: "accent", register: "gossip" };
const LISTED_MAX = 600;

const list = {
  rows: [],
  start() {
    const body = document.querySelector("#moments tbody");
    const starts = moments.filter(({ kind }) => kind === "start");
    // Many starts are one line: they say nothing one by one.
    const told = starts.length > 12 ? moments.filter(({ kind }) => kind !== "start") : moments;
    if (starts.length > 12) {
      told.unshift({ at: starts[0].at, kind: "start", text: `${starts.length} nodes start, the last at ${seconds(starts[starts.length - 1].at)}` });
    }
    this.told = told;
    this.rows = told.slice(0, LISTED_MAX).map((moment) => {
      const button = element("button", { type: "button", onclick: () => state.stop(moment) }, seconds(moment.at));
      const color = element("i", { style: `background:var(--${MOMENT_COLORS[moment.kind]})` });
      const row = element("tr", {}, element("td", {}, button), element("td", {}, color, moment.text));
      body.append(row);
      return row;
    });
    const hidden = told.length - this.rows.length + recording.momentsSeen - recording.moments.length;
    if (hidden > 0) body.append(element("tr", {}, element("td", {}), element("td", {}, `and ${grouped(hidden)} more`)));
  },
  mark() {
    const place = this.told.findLastIndex(({ at }) => at <= state.time);
    if (place === this.marked) return;
    this.rows[this.marked]?.classList.remove("current");
    this.rows[place]?.classList.add("current");
    this.marked = place;
  },
  // The moment before or after the current time.
  step(by) {
    const { told } = this;
    const place = by > 0 ? told.findIndex(({ at }) => at > state.time) : told.findLastIndex(({ at }) => at < state.time);
    if (place >= 0) state.stop(told[place]);
  },
  // What just happened, for the box beside the ring.
  now() {
    const place = this.told.findLastIndex(({ at }) => at <= state.time);
    return place < 0 ? null : this.told[place];
  },
};

function drawFigures() {
  const { deaths, load, agreement } = recording;
  const stream = load.kinds.indexOf("stream");
  const datagrams = (rows) => rows.flat().reduce((sum, value, place) => sum + (place % load.kinds.length === stream ? 0 : value), 0);
  const packets = datagrams(load.packets), bytes = datagrams(load.bytes);
  const nodeSeconds = (end / 1e6) * count;
  const figure = (number, unit, text) => element("div", {}, element("b", {}, number, " ", element("small", {}, unit)), element("span", {}, text));
  const figures = [figure(grouped(count), count === 1 ? "node" : "nodes", `for ${seconds(end, 1)}`)];

  const noticed = deaths.filter(({ declared }) => declared);
  const which = deaths.length === 1 ? "" : `, the slowest of ${deaths.length}`;
  const suspected = deaths.filter((death) => death.suspected);
  if (suspected.length) figures.push(figure((Math.max(...suspected.map((death) => death.suspected[0])) / 1e6).toFixed(2), "s", `until a crash was suspected${which}`));
  if (noticed.length) figures.push(figure((Math.max(...noticed.map((death) => death.declared[0])) / 1e6).toFixed(2), "s", `until one declared it dead${which}`));
  const known = noticed.filter((death) => death.heard >= death.audience);
  if (known.length) figures.push(figure((Math.max(...known.map((death) => death.last)) / 1e6).toFixed(2), "s", `until all knew${known.length === 1 ? "" : `, the slowest of ${known.length}`}`));
  // A crash meanwhile would have its own time, not that of the healing.
  const healed = deaths.length ? [] : bands.filter(({ to }) => to < end && !shapeAt(to)).map(({ to }) => [to, agreement.find(([at, right, pairs]) => at >= to && right === pairs)]).filter(([, agreed]) => agreed);
  if (healed.length) figures.push(figure((Math.max(...healed.map(([to, [at]]) => at - to)) / 1e6).toFixed(2), "s", `from a cut's end until all agreed${healed.length === 1 ? "" : `, the slowest of ${healed.length}`}`));
  const last = agreement[agreement.length - 1];
  if (last) figures.push(figure((100 * (last[2] ? last[1] / last[2] : 1)).toFixed(last[1] === last[2] ? 0 : 1), "%", "of all beliefs right at the end"));
  figures.push(figure((packets / nodeSeconds).toFixed(1), "packets", "for each node and second"));
  figures.push(figure(compact(bytes / nodeSeconds), "bytes", "for each node and second"));
  document.getElementById("figures").replaceChildren(...figures);
}

