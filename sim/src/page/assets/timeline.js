// One row for each node over time, in the colours of what the others believe of it.

const timeline = {
  canvas: document.getElementById("timeline"),
  from: 0,
  to: end,
  rows: [],
  // What the pictures of the rows were computed for.
  columns: null,
  picture: null,
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

  // For each row and column the shares of the beliefs at the worst moment of the column, and the row's own state.
  compute(width) {
    const key = `${this.from} ${this.to} ${width} ${this.rows.length}`;
    if (this.columns?.key === key) return this.columns;
    const world = new World();
    const shares = new Uint8Array(count * width * 4);
    const own = new Uint8Array(count * width);
    const worst = new Float32Array(count);
    const current = new Uint8Array(count * 4);
    const note = (subject) => {
      const audience = world.audience(subject);
      const right = world.own(subject) === ALIVE ? world.opinions(subject, ALIVE) : audience - world.opinions(subject, 2);
      const bad = audience ? 1 - right / audience : 0.001;
      if (bad < worst[subject]) return;
      worst[subject] = bad;
      for (let belief = 1; belief < 5; belief++) {
        current[subject * 4 + belief - 1] = audience ? Math.round((255 * world.opinions(subject, belief)) / audience) : NOBODY;
      }
    };
    const touched = (subject) => {
      if (subject !== EVERYTHING) return note(subject);
      for (let node = 0; node < count; node++) note(node);
    };
    world.seek(this.from);
    const step = (this.to - this.from) / width;
    for (let column = 0; column < width; column++) {
      worst.fill(-1);
      for (let node = 0; node < count; node++) note(node);
      world.seek(this.from + (column + 1) * step, touched);
      for (let node = 0; node < count; node++) {
        shares.set(current.subarray(node * 4, node * 4 + 4), (node * width + column) * 4);
        own[node * width + column] = world.own(node);
      }
    }
    this.columns = { key, width, shares, own };
    this.picture = null;
    return this.columns;
  },

  draw() {
    const place = this.layout();
    const { context, ratio } = fit(this.canvas, place.height);
    const width = Math.floor(place.right - place.left);
    const columns = this.compute(width);
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

  drawAxis(context, place) {
    this.place = place;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticks(this.from / 1e6, this.to / 1e6, place.width / 110)) {
      const x = Math.round(this.x(tick * 1e6)) + 0.5;
      context.strokeStyle = theme.color("line");
      context.beginPath();
      context.moveTo(x, place.agreement.top);
      context.lineTo(x, place.bottom + 5);
      context.stroke();
      context.fillStyle = theme.color("soft");
      context.fillText(`${short(tick)} s`, clamp(x, place.left + 10, place.right - 12), place.bottom + 9);
    }
  },

  drawAgreement(context, place) {
    const { top, height } = place.agreement;
    const y = (right, pairs) => top + height * (1 - (pairs ? right / pairs : 1));
    context.save();
    context.beginPath();
    context.rect(place.left, top - 2, place.right - place.left, height + 4);
    context.clip();
    const area = new Path2D(), line = new Path2D();
    area.moveTo(this.x(0), top + height);
    let last = top;
    recording.agreement.forEach(([at, right, pairs], index) => {
      const x = this.x(at);
      if (index === 0) line.moveTo(x, y(right, pairs));
      else line.lineTo(x, last);
      area.lineTo(x, last);
      last = y(right, pairs);
      line.lineTo(x, last);
      area.lineTo(x, last);
    });
    line.lineTo(this.x(end), last);
    area.lineTo(this.x(end), last);
    area.lineTo(this.x(end), top + height);
    context.fillStyle = theme.color("alive");
    context.globalAlpha = 0.35;
    context.fill(area);
    context.globalAlpha = 1;
    context.strokeStyle = theme.color("accent");
    context.lineWidth = 1.5;
    context.stroke(line);
    context.restore();
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = theme.color("soft");
    context.font = "11px system-ui, sans-serif";
    context.fillText("100 %", place.left - 8, top + 2);
    context.fillText("right", place.left - 8, top + height / 2 + 1);
    context.fillText("0 %", place.left - 8, top + height - 1);
    if (place.network.height) context.fillText("cuts", place.left - 8, place.network.top + place.network.height / 2);
  },

  drawThick(context, place, { width, shares, own }) {
    const colors = beliefColors();
    const gap = place.row > 14 ? 3 : 1;
    const bar = place.row > 14 ? 3 : 1.5;
    const height = place.row - gap - bar;
    this.rows.forEach((node, row) => {
      const top = place.top + row * place.row;
      for (let column = 0, next; column < width; column = next) {
        const at = (node * width + column) * 4;
        for (next = column + 1; next < width && same(shares, at, (node * width + next) * 4); next++);
        let y = top + height;
        if (isNobody(shares, at)) continue;
        for (const belief of [1, 4, 3, 2]) {
          const part = (shares[at + belief - 1] / 255) * height;
          if (part <= 0) continue;
          context.fillStyle = colors[belief];
          context.fillRect(place.left + column, y - part, next - column, part);
          y -= part;
        }
        if (y - top > 0.4) {
          context.fillStyle = colors[UNKNOWN];
          context.fillRect(place.left + column, top, next - column, y - top);
        }
      }
      for (let column = 0, next; column < width; column = next) {
        const mine = own[node * width + column];
        for (next = column + 1; next < width && own[node * width + next] === mine; next++);
        if (mine === UNKNOWN) continue;
        context.fillStyle = mine === LEFT ? colors[LEFT] : theme.color("own");
        context.fillRect(place.left + column, top + height, next - column, bar);
      }
    });
  },

  // Rows of few pixels: one mixed colour for each column, as a picture.
  drawThin(context, place, { width, shares }) {
    const colors = beliefColors().map(rgb);
    const image = new ImageData(width, this.rows.length);
    this.rows.forEach((node, row) => {
      for (let column = 0; column < width; column++) {
        const at = (node * width + column) * 4;
        if (isNobody(shares, at)) continue;
        const weights = [255, ...shares.subarray(at, at + 4)];
        for (let belief = 1; belief < 5; belief++) weights[0] -= weights[belief];
        weights[0] = Math.max(0, weights[0]);
        const pixel = mixed(weights, colors);
        image.data.set([pixel[0], pixel[1], pixel[2], 255], (row * width + column) * 4);
      }
    });
    const picture = document.createElement("canvas");
    picture.width = width;
    picture.height = this.rows.length;
    picture.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, place.left, place.top, width, place.row * this.rows.length);
  },

  drawNames(context, place) {
    const least = (place.row < 7 ? 22 : 13) / place.row;
    const every = [1, 2, 5, 10, 20, 50, 100].find((step) => step >= least) ?? 200;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = theme.color("soft");
    this.rows.forEach((node, row) => {
      if (row % every) return;
      const y = place.top + (row + (every > 1 ? 0.5 : 0.45)) * place.row;
      context.fillText(recording.nodes[node], place.left - 8, y, place.left - 10);
    });
  },

  drawBands(context, place) {
    for (const { shape, from, to } of bands) {
      if (to < this.from || from > this.to) continue;
      const left = Math.max(place.left, this.x(from)), right = Math.min(place.right, this.x(to));
      context.fillStyle = theme.color("cut");
      context.fillRect(left, place.network.top, Math.max(1.5, right - left - 1), place.network.height);
      context.globalAlpha = 0.55;
      context.fillRect(left, place.network.top, 1, place.bottom - place.network.top);
      if (this.x(to) <= place.right && to < end) context.fillRect(right - 0.5, place.network.top, 1, place.bottom - place.network.top);
      context.globalAlpha = 1;
      if (this.x(from) < place.left || right - left < 30) continue;
      this.rows.forEach((node, row) => {
        context.fillStyle = groupColor(shape, node);
        context.fillRect(left, place.top + row * place.row, 5, Math.max(1, place.row - (place.row > 6 ? 1 : 0)));
      });
    }
  },

  drawMarks(context, place) {
    const rows = new Map(this.rows.map((node, row) => [node, row]));
    const size = clamp(place.row * 0.26, 2.5, 5);
    for (const [at, node, kind] of recording.moments) {
      const row = rows.get(node);
      if (row === undefined || at < this.from || at > this.to || kind === "start" || (kind === "refute" && place.row < 10)) continue;
      const y = place.top + (row + 0.42) * place.row;
      drawMark(context, kind, this.x(at), y, size);
    }
    if (recording.failure && recording.failure.at >= this.from && recording.failure.at <= this.to) {
      context.fillStyle = theme.color("dead");
      context.fillRect(this.x(recording.failure.at) - 1, place.agreement.top, 2, place.bottom - place.agreement.top);
    }
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

// In the place of a share: nobody was there to have an opinion.
const NOBODY = 254;

function isNobody(shares, at) {
  return shares[at] === NOBODY && shares[at + 1] === NOBODY;
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

function same(array, a, b) {
  return array[a] === array[b] && array[a + 1] === array[b + 1] && array[a + 2] === array[b + 2] && array[a + 3] === array[b + 3];
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

// The colour of the group that a node is in while the network is cut.
function groupColor(shape, node) {
  const group = shape.group[node];
  return group === undefined ? theme.color("faint") : theme.color(`g${group % 6}`);
}

// A sign for what happens to a node: shapes differ, so that colour is not needed.
function drawMark(context, kind, x, y, size) {
  context.lineWidth = 2;
  context.lineJoin = "round";
  const path = new Path2D();
  if (kind === "crash") {
    for (const [dx, dy] of [[1, 1], [1, -1]]) {
      path.moveTo(x - dx * size, y - dy * size);
      path.lineTo(x + dx * size, y + dy * size);
    }
    context.strokeStyle = theme.color("panel");
    context.lineWidth = 4.5;
    context.stroke(path);
    context.lineWidth = 2;
    context.strokeStyle = theme.color("ink");
    context.stroke(path);
    return;
  }
  if (kind === "restart") {
    path.moveTo(x - size, y + size);
    path.lineTo(x + size, y + size);
    path.lineTo(x, y - size);
    path.closePath();
  } else if (kind === "leave") {
    path.moveTo(x - size, y);
    path.lineTo(x, y - size);
    path.lineTo(x + size, y);
    path.lineTo(x, y + size);
    path.closePath();
  } else {
    path.arc(x, y, size * 0.45, 0, 2 * Math.PI);
  }
  context.strokeStyle = theme.color("panel");
  context.stroke(path);
  context.fillStyle = theme.color("ink");
  context.fill(path);
}

