// One row for each node over time, in the colours of what the others believe of it.

const timeline = {
  canvas: document.getElementById("timeline"),
  from: 0,
  to: end,
  rows: [],
  // See computeColumns; null when they are for another span of time.
  columns: null,
  drag: null,

  start() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointerleave", () => tip.hide());
    canvas.addEventListener("dblclick", () => this.zoom(0, end));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.scale(event.deltaY > 0 ? 1.25 : 0.8, this.timeAt(event.offsetX));
    }, { passive: false });
    document.getElementById("zoom-in").onclick = () => this.scale(0.5);
    document.getElementById("zoom-out").onclick = () => this.scale(2);
    document.getElementById("zoom-all").onclick = () => this.zoom(0, end);
    const rows = document.getElementById("rows");
    rows.onchange = () => this.choose(rows.value);
    document.getElementById("rows-label").hidden = count < 12;
    this.choose("all");
    this.legend();
  },

  choose(which) {
    const all = [...Array(count).keys()];
    const eventful = new Set(recording.moments.filter(([, , kind]) => kind !== "start").map(([, node]) => node));
    for (let place = 0; place < log.size; place++) {
      if (log.belief[place] === 2 || log.belief[place] === 3) eventful.add(log.subject[place]);
    }
    const chosen = all.filter((node) => which === "all" || eventful.has(node));
    this.rows = chosen.length ? chosen : all;
    this.columns = null;
    this.draw();
  },

  zoom(from, to) {
    const least = Math.min(end, 2000);
    const length = Math.min(end, Math.max(least, to - from));
    this.from = Math.min(Math.max(0, from), end - length);
    this.to = this.from + length;
    this.columns = null;
    this.draw();
  },

  scale(factor, around = clamp(state.time, this.from, this.to)) {
    this.zoom(around - (around - this.from) * factor, around + (this.to - around) * factor);
  },

  // Where everything is, in CSS pixels.
  layout() {
    const width = Math.max(200, this.canvas.parentElement.clientWidth);
    const names = Math.max(...recording.nodes.map((name) => name.length));
    const left = Math.min(120, Math.max(64, 22 + names * 7.2));
    const row = clamp(Math.floor(620 / this.rows.length), 2, 30);
    const agreement = { top: 14, height: 40 };
    const network = { top: 64, height: bands.length ? 9 : 0 };
    const top = network.top + network.height + (bands.length ? 8 : 4);
    const bottom = top + row * this.rows.length;
    return { width, height: bottom + 30, left, right: width - 16, row, agreement, network, top, bottom };
  },

  timeAt(x) {
    const { left, right } = this.layout();
    return clamp(this.from + ((x - left) / (right - left)) * (this.to - this.from), 0, end);
  },

  draw() {
    const place = this.layout();
    const { context, ratio } = fit(this.canvas, place.height);
    const width = Math.floor(place.right - place.left);
    const columns = (this.columns ??= computeColumns(this.from, this.to, width));
    context.fillStyle = theme.color("panel");
    context.fillRect(0, 0, place.width, place.height);
    this.drawAxis(context, place);
    this.drawAgreement(context, place);
    if (place.row < 7) this.drawThin(context, place, columns);
    else this.drawThick(context, place, columns);
    this.drawNames(context, place);
    this.drawBands(context, place);
    this.drawMarks(context, place);
    this.base = document.createElement("canvas");
    this.base.width = this.canvas.width;
    this.base.height = this.canvas.height;
    this.base.getContext("2d").drawImage(this.canvas, 0, 0);
    this.place = place;
    this.ratio = ratio;
    this.drawCursor();
  },

  // The line at the current time, over everything else, which stays as it was.
  drawCursor() {
    if (!this.base) return;
    const { place } = this;
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.base, 0, 0);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const row = this.rows.indexOf(state.node);
    if (row >= 0) {
      const height = Math.max(place.row, 4);
      context.strokeStyle = theme.color("ink");
      context.lineWidth = 1;
      context.strokeRect(place.left - 1.5, place.top + row * place.row - 0.5, place.right - place.left + 3, height);
    }
    if (this.drag?.wide) {
      context.fillStyle = theme.color("accent");
      context.globalAlpha = 0.2;
      context.fillRect(this.drag.x, place.agreement.top, this.drag.now - this.drag.x, place.bottom - place.agreement.top);
      context.globalAlpha = 1;
    }
    if (state.time < this.from || state.time > this.to) return;
    const x = this.x(state.time);
    context.fillStyle = theme.color("ink");
    context.fillRect(x - 0.75, place.agreement.top - 4, 1.5, place.bottom - place.agreement.top + 8);
    context.beginPath();
    context.moveTo(x - 5, place.agreement.top - 9);
    context.lineTo(x + 5, place.agreement.top - 9);
    context.lineTo(x, place.agreement.top - 2);
    context.fill();
  },

  x(time) {
    const { left, right } = this.place ?? this.layout();
    return left + ((time - this.from) / (this.to - this.from)) * (right - left);
  },

  legend() {
    const box = document.getElementById("legend");
    const words = ["never heard of it", "alive", "suspect", "dead", "left"];
    box.replaceChildren(...[1, 2, 3, 4, 0].map((belief) =>
      element("span", {}, element("i", { style: `background:var(--${BELIEFS[belief]})` }), words[belief])));
    box.append(element("span", {}, element("i", { className: "line", style: "background:var(--own)" }), "it runs"));
    const marks = { crash: ["✕", "crash"], restart: ["▲", "restart"], leave: ["◆", "goodbye"], refute: ["●", "refutes"] };
    for (const [kind, [sign, text]] of Object.entries(marks)) {
      if (recording.moments.some(([, , other]) => other === kind)) box.append(element("span", {}, element("i", { className: "mark" }, sign), text));
    }
    if (bands.length) box.append(element("span", {}, element("i", { style: "background:var(--cut)" }), "network cut (edges: who is with whom)"));
    box.append(element("span", {}, element("i", { className: "line", style: "background:var(--accent)" }), "above: share of beliefs that are right"));
  },

  press(event) {
    this.drag = { x: event.offsetX, now: event.offsetX, wide: false };
    this.canvas.setPointerCapture(event.pointerId);
  },
  move(event) {
    if (this.drag) {
      this.drag.now = event.offsetX;
      this.drag.wide ||= Math.abs(this.drag.now - this.drag.x) > 6;
      this.drawCursor();
    }
    this.tell(event);
  },
  release(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.wide) {
      const edges = [this.timeAt(drag.x), this.timeAt(event.offsetX)].sort((a, b) => a - b);
      return this.zoom(...edges);
    }
    const row = this.rowAt(event.offsetY);
    if (row !== null) state.select(row);
    state.go(this.timeAt(event.offsetX));
  },
  rowAt(y) {
    const row = Math.floor((y - this.place.top) / this.place.row);
    return this.rows[row] ?? null;
  },

  // What is under the pointer, in words.
  tell(event) {
    const time = this.timeAt(event.offsetX);
    const node = event.offsetY < this.place.top ? null : this.rowAt(event.offsetY);
    const lines = [seconds(time)];
    if (node === null) {
      const curve = recording.agreement.filter(([at]) => at <= time).pop();
      if (curve) lines.push(`${curve[2] ? ((100 * curve[1]) / curve[2]).toFixed(1) : 100} % of all beliefs are right`);
    } else {
      const world = this.probe ??= new World();
      world.seek(time);
      lines.push(opinion(world, node));
    }
    const shape = shapeAt(time);
    if (shape) lines.push(`cut: ${shape.text}`);
    tip.show(event, lines.join("\n"));
  },
};

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

// What the others believe of a node, in words.
function opinion(world, node) {
  const own = ["is down", "runs", "runs", "runs", "has left"][world.own(node)];
  const audience = world.audience(node);
  const parts = [];
  for (const belief of [1, 2, 3, 4, 0]) {
    const number = world.opinions(node, belief);
    if (number) parts.push(`${number} ${["do not know it", "alive", "suspect", "dead", "left"][belief]}`);
  }
  return `${recording.nodes[node]} ${own}\n${audience} others: ${parts.join(", ") || "nobody is there"}`;
}

