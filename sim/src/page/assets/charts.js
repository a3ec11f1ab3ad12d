// The curves, as SVG.

const WIDE = 540, HIGH = 220, LEFT_EDGE = 48, RIGHT_EDGE = 14, TOP_EDGE = 10, BOTTOM_EDGE = 26;

function svg(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Axes and grid for numbers from 0 (or `from`) to `right` and 0 to `top`.
class Chart {
  constructor(box, { from = 0, right, top, unit, y, label }) {
    Object.assign(this, { from, right, top, box });
    this.root = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label });
    for (const tick of ticks(0, top, 4)) {
      const at = this.y(tick);
      this.root.append(svg("line", { class: "grid", x1: LEFT_EDGE, x2: WIDE - RIGHT_EDGE, y1: at, y2: at }));
      this.text(LEFT_EDGE - 7, at + 4, y(tick), "end");
    }
    for (const tick of ticks(from, right, 6)) {
      const at = this.x(tick);
      this.root.append(svg("line", { class: "axis", x1: at, x2: at, y1: HIGH - BOTTOM_EDGE, y2: HIGH - BOTTOM_EDGE + 4 }));
      this.text(at, HIGH - 8, `${short(tick)}${unit}`, "middle");
    }
    this.root.append(svg("line", { class: "axis", x1: LEFT_EDGE, x2: WIDE - RIGHT_EDGE, y1: HIGH - BOTTOM_EDGE, y2: HIGH - BOTTOM_EDGE }));
    box.replaceChildren(this.root);
  }
  x(value) {
    return LEFT_EDGE + ((value - this.from) / (this.right - this.from || 1)) * (WIDE - LEFT_EDGE - RIGHT_EDGE);
  }
  y(value) {
    return HIGH - BOTTOM_EDGE - (value / (this.top || 1)) * (HIGH - TOP_EDGE - BOTTOM_EDGE);
  }
  text(x, y, words, anchor) {
    const text = svg("text", { x, y, "text-anchor": anchor });
    text.textContent = words;
    this.root.append(text);
    return text;
  }
  path(points, attributes) {
    const d = points.map(([x, y], place) => `${place ? "L" : "M"}${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`).join("");
    const path = svg("path", { d, fill: "none", ...attributes });
    this.root.append(path);
    return path;
  }
  legend(entries) {
    this.box.append(element("div", { className: "legend" }, ...entries.map(([color, text]) =>
      element("span", {}, element("i", { style: `background:${color}` }), text))));
  }
  // Tells what is at the pointer's place on the x axis.
  hover(words) {
    const line = svg("line", { class: "axis", y1: TOP_EDGE, y2: HIGH - BOTTOM_EDGE, visibility: "hidden" });
    this.root.append(line);
    this.root.addEventListener("pointermove", (event) => {
      const box = this.root.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * WIDE;
      const value = clamp(this.from + ((x - LEFT_EDGE) / (WIDE - LEFT_EDGE - RIGHT_EDGE)) * (this.right - this.from), this.from, this.right);
      line.setAttribute("x1", this.x(value));
      line.setAttribute("x2", this.x(value));
      line.setAttribute("visibility", "visible");
      tip.show(event, words(value));
    });
    this.root.addEventListener("pointerleave", () => {
      line.setAttribute("visibility", "hidden");
      tip.hide();
    });
  }
}

// A staircase: the share of `all` that knows after each of these times, in seconds.
function stairs({ times, heard, all }, right) {
  const points = [[0, 0]];
  times.forEach((time, place) => {
    const share = ((times.length > 1 ? 1 + (place * (heard - 1)) / (times.length - 1) : heard) / all) * 100;
    points.push([time / 1e6, points[points.length - 1][1]], [time / 1e6, share]);
  });
  points.push([right, points[points.length - 1][1]]);
  return points;
}

// When that share of all the others knew, in words.
function percentile({ times, heard, audience }, share) {
  const needed = Math.ceil(share * audience);
  if (needed > heard) return "never";
  const place = heard > 1 ? Math.round(((needed - 1) / (heard - 1)) * (times.length - 1)) : 0;
  return `after ${(times[place] / 1e6).toFixed(2)} s`;
}

// The share at a place of a staircase.
function shareAt(points, x) {
  let share = 0;
  for (const [at, value] of points) {
    if (at > x) break;
    share = value;
  }
  return share;
}

const charts = {
  draw() {
    this.detect();
    this.spread();
    this.load("packets", (value) => compact(value), "packets");
    this.load("bytes", (value) => compact(value), "bytes");
  },

  detect() {
    const box = document.getElementById("detect");
    const { suspected, declared } = recording.detection;
    box.parentElement.hidden = !suspected.audience;
    if (!suspected.audience) return;
    if (!suspected.heard && !declared.heard) return box.replaceChildren(element("p", { className: "none" }, "Nobody noticed a crash."));
    const last = Math.max(...suspected.times, ...declared.times) / 1e6;
    const right = last * 1.08 || 1;
    const chart = new Chart(box, { right, top: 100, unit: " s", y: (share) => `${share} %`, label: "Share of the others that suspect a crashed node, and that know it is dead, by the time since its crash" });
    const lines = [["suspect", "suspects it", suspected], ["dead", "knows that it is dead", declared]].filter(([, , times]) => times.heard);
    const drawn = lines.map(([color, text, times]) => {
      const points = stairs({ ...times, all: times.audience }, right);
      chart.path(points, { stroke: theme.color(color), "stroke-width": 2.5, "stroke-linejoin": "round" });
      return [text, points];
    });
    const crashes = recording.deaths.length;
    chart.legend(lines.map(([color, text, times]) => [`var(--${color})`, `${text}: half ${percentile(times, 0.5)}, 99 % ${percentile(times, 0.99)}`]));
    chart.hover((x) => [`${x.toFixed(3)} s after the crash`, ...drawn.map(([text, points]) => `${shareAt(points, x).toFixed(1)} % ${text}`)].join("\n"));
    document.getElementById("detect-caption").textContent = crashes === 1 ? "How soon the crash is noticed" : `How soon a crash is noticed (${grouped(crashes)}${crashes === 48 ? " or more" : ""} crashes)`;
  },

  spread() {
    const box = document.getElementById("spread");
    const items = recording.news.filter(({ times }) => times.length > 1);
    if (!items.length) return box.replaceChildren(element("p", { className: "none" }, "There was no news after the start."));
    const right = (Math.max(...items.map(({ times }) => times[times.length - 1])) / 1e6) * 1.08 || 0.001;
    const chart = new Chart(box, { right, top: 100, unit: " s", y: (share) => `${share} %`, label: "Share of those who ever heard a piece of news, by the time since the first one knew it" });
    const colors = { join: "ack", suspect: "suspect", refute: "alive", dead: "dead", left: "left", register: "gossip" };
    const words = { join: "joined", suspect: "suspected", refute: "refuted", dead: "dead", left: "left", register: "register" };
    const width = items.length > 12 ? 1.2 : 2.2;
    const drawn = items.map((item) => {
      const points = stairs({ times: item.times, heard: item.heard, all: item.heard }, right);
      const path = chart.path(points, { stroke: theme.color(colors[item.kind]), "stroke-width": width, "stroke-opacity": items.length > 12 ? 0.5 : 0.95 });
      return { item, points, path };
    });
    const kinds = [...new Set(items.map(({ kind }) => kind))];
    chart.legend(kinds.map((kind) => {
      const number = items.filter((item) => item.kind === kind).length;
      return [`var(--${colors[kind]})`, `${words[kind]}${number > 1 ? ` (${number})` : `: ${items.find((item) => item.kind === kind).text}`}`];
    }));
    chart.hover((x) => {
      const lines = drawn.map(({ item, points }) => [item, shareAt(points, x)]).slice(0, 10);
      const rest = drawn.length - lines.length;
      return [`${x.toFixed(3)} s after the first knew`, ...lines.map(([item, share]) => `${share.toFixed(0)} % of ${item.heard}: ${item.text}`), ...(rest ? [`and ${rest} more`] : [])].join("\n");
    });
  },

  // Stacked areas, one for each kind of message.
  load(name, y, unit) {
    const box = document.getElementById(name);
    const { kinds } = recording.load;
    const { rows, span } = coarse(recording.load[name], recording.load.span);
    const rates = rows.map((row) => row.map((value) => value / (span / 1e6)));
    const totals = rates.map((row) => row.reduce((sum, value) => sum + value, 0));
    const right = Math.max(end, rows.length * span) / 1e6;
    const chart = new Chart(box, { right, top: Math.max(1, ...totals) * 1.05, unit: " s", y, label: `${unit} a second over time, by kind` });
    const used = kinds.map((kind, place) => [kind, place]).filter(([, place]) => rows.some((row) => row[place]));
    const order = used.sort(([a], [b]) => LOAD_ORDER.indexOf(a) - LOAD_ORDER.indexOf(b));
    const below = new Float64Array(rows.length);
    for (const [kind, place] of order) {
      const lower = [], upper = [];
      rates.forEach((row, column) => {
        const [from, to] = [(column * span) / 1e6, ((column + 1) * span) / 1e6];
        lower.push([from, below[column]], [to, below[column]]);
        below[column] += row[place];
        upper.push([from, below[column]], [to, below[column]]);
      });
      chart.path([...upper, ...lower.reverse()], { fill: kindColor(kind), "fill-opacity": 0.9 });
    }
    chart.legend(order.map(([kind]) => [`var(--${kind.replace(" ", "-")})`, kind]));
    chart.hover((x) => {
      const column = Math.min(rows.length - 1, Math.floor((x * 1e6) / span));
      const lines = [...order].reverse().filter(([, place]) => rates[column]?.[place]).map(([kind, place]) => `${compact(rates[column][place])} ${kind}`);
      return [`${x.toFixed(2)} s: ${compact(totals[column] ?? 0)} ${unit}/s`, ...lines].join("\n");
    });
  },
};

// Spans put together until there are few enough for bars that can be told apart.
function coarse(rows, span) {
  const by = Math.ceil(rows.length / COLUMNS_MAX);
  const sums = [];
  rows.forEach((row, place) => {
    if (place % by === 0) sums.push(row.map(() => 0));
    const sum = sums[sums.length - 1];
    row.forEach((value, kind) => { sum[kind] += value; });
  });
  return { rows: sums, span: span * by };
}

const COLUMNS_MAX = 120;

// From the bottom: what goes on all the time first.
const LOAD_ORDER = ["ping", "ack", "indirect probe", "gossip", "comparison", "stream", "other"];

