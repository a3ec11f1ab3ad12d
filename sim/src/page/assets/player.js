// The ring: nodes, messages on their way, cut links, at the current time.

const player = {
  canvas: document.getElementById("ring"),
  world: new World(),

  start() {
    this.canvas.addEventListener("pointermove", (event) => this.tell(event));
    this.canvas.addEventListener("pointerleave", () => tip.hide());
    this.canvas.addEventListener("click", (event) => {
      const node = this.nodeAt(event);
      if (node !== null) state.select(node);
    });
    const kinds = recording.load.kinds.filter((kind, place) => flights.some((flight) => flight.kind === place));
    document.getElementById("kinds").replaceChildren(
      ...kinds.map((kind) => element("span", {}, element("i", { className: "line", style: `background:var(--${kind.replace(" ", "-")})` }), kind)),
      element("span", {}, element("i", { className: "mark" }, "×"), "lost or cut"));
  },

  draw() {
    const box = this.canvas.parentElement.clientWidth;
    const { context, width, height } = fit(this.canvas, Math.round(clamp(box * 0.78, 320, count > 24 ? 640 : 500)));
    this.arrange(width, height);
    this.world.seek(state.time);
    context.fillStyle = theme.color("panel");
    context.fillRect(0, 0, width, height);
    const shape = shapeAt(state.time);
    if (shape) this.drawGroups(context, shape);
    this.drawFlights(context);
    this.drawNodes(context);
    if (shape) this.drawNote(context);
  },

  // Nodes on one circle; very many on several, one inside the other.
  arrange(width, height) {
    const rings = Math.ceil(count / 130);
    const margin = count <= 24 ? 62 : count <= 130 ? 48 : 40;
    const outer = Math.min(width, height) / 2 - margin;
    const size = clamp((Math.PI * outer) / Math.ceil(count / rings) * 0.62, 2.6, 22);
    this.center = [width / 2, height / 2];
    this.outer = outer;
    this.size = size;
    this.rings = rings;
    this.places = recording.nodes.map((_, node) => {
      const angle = (node / count) * 2 * Math.PI - Math.PI / 2;
      const radius = outer - (node % rings) * size * 2.3;
      return [this.center[0] + radius * Math.cos(angle), this.center[1] + radius * Math.sin(angle), angle];
    });
  },

  // Who is with whom while the network is cut: arcs around the ring, and the cut links if there are few.
  drawGroups(context, shape) {
    const step = (2 * Math.PI) / count;
    const radius = this.outer + this.size + 7;
    context.lineWidth = 5;
    for (let node = 0; node < count; node++) {
      const angle = this.places[node][2];
      context.strokeStyle = groupColor(shape, node);
      context.beginPath();
      context.arc(...this.center, radius, angle - step * 0.5, angle + step * 0.5);
      context.stroke();
    }
    if (count > 16) return;
    const cut = new Set(shape.cut.map(([from, to]) => from * 65536 + to));
    const isCut = (from, to) => cut.has(shape.group[from] * 65536 + shape.group[to]);
    context.lineWidth = 1.2;
    context.strokeStyle = theme.color("cut");
    context.setLineDash([2, 6]);
    for (let from = 0; from < count; from++) {
      for (let to = from + 1; to < count; to++) {
        if (!isCut(from, to) && !isCut(to, from)) continue;
        context.globalAlpha = isCut(from, to) && isCut(to, from) ? 0.7 : 0.35;
        context.beginPath();
        context.moveTo(...this.places[from].slice(0, 2));
        context.lineTo(...this.places[to].slice(0, 2));
        context.stroke();
      }
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  },

  // How long a message is drawn at least, in microseconds of the run.
  air() {
    return clamp(state.speed, 0.02, 2) * 350_000;
  },

  drawFlights(context) {
    const air = this.air();
    const longest = Math.max(air, 1_500_000);
    let first = lowerBound(flights, state.time - longest);
    const flying = [];
    for (; first < flights.length && flights[first].at <= state.time; first++) {
      const flight = flights[first];
      const length = Math.max(air, flight.delay);
      if (state.time - flight.at < length) flying.push([flight, (state.time - flight.at) / length]);
    }
    const step = Math.max(1, flying.length / FLYING_MAX);
    const names = recording.load.kinds;
    const dot = clamp(this.size * 0.28, 2, 4.2);
    for (let place = 0; place < flying.length; place += step) {
      const [flight, share] = flying[Math.floor(place)];
      const from = this.places[flight.from], to = this.places[flight.to];
      if (!from || !to) continue;
      const way = flight.fate ? Math.min(share, 0.5) : share;
      const x = from[0] + (to[0] - from[0]) * way, y = from[1] + (to[1] - from[1]) * way;
      context.strokeStyle = context.fillStyle = kindColor(names[flight.kind]);
      context.globalAlpha = count > 60 ? 0.3 : 0.4;
      context.lineWidth = 1.4;
      context.beginPath();
      const tail = Math.max(0, way - 0.35);
      context.moveTo(from[0] + (to[0] - from[0]) * tail, from[1] + (to[1] - from[1]) * tail);
      context.lineTo(x, y);
      context.stroke();
      context.globalAlpha = flight.fate && share > 0.5 ? 2 - 2 * share : 1;
      if (flight.fate && share > 0.5) {
        context.strokeStyle = theme.color(flight.fate === 2 ? "cut" : "soft");
        context.lineWidth = 1.8;
        context.beginPath();
        context.moveTo(x - 4, y - 4);
        context.lineTo(x + 4, y + 4);
        context.moveTo(x + 4, y - 4);
        context.lineTo(x - 4, y + 4);
        context.stroke();
      } else {
        context.beginPath();
        context.arc(x, y, dot, 0, 2 * Math.PI);
        context.fill();
      }
      context.globalAlpha = 1;
    }
    this.flying = flying.length;
  },

  drawNodes(context) {
    const colors = beliefColors();
    const { size, world } = this;
    const named = count <= 64;
    for (let node = 0; node < count; node++) {
      const [x, y, angle] = this.places[node];
      context.fillStyle = theme.color("panel");
      context.beginPath();
      context.arc(x, y, size + 1.5, 0, 2 * Math.PI);
      context.fill();
      this.drawOpinion(context, node, x, y, colors);
      const own = world.own(node);
      if (own === UNKNOWN || own === LEFT) this.drawGone(context, own, x, y);
      if (node === state.node) {
        context.strokeStyle = theme.color("ink");
        context.lineWidth = 2;
        context.beginPath();
        context.arc(x, y, size + 3.5, 0, 2 * Math.PI);
        context.stroke();
      }
      if (named || node === state.node) this.drawName(context, node, angle);
    }
  },

  // A disc in the shares of what the others believe, or in what the selected node believes.
  drawOpinion(context, node, x, y, colors) {
    const { size, world } = this;
    const disc = (color, from, to) => {
      context.fillStyle = color;
      context.beginPath();
      if (to - from < 2 * Math.PI) context.moveTo(x, y);
      context.arc(x, y, size, from, to);
      context.fill();
    };
    if (state.through && state.node !== null) {
      return disc(colors[world.believes(state.node, node)], 0, 2 * Math.PI);
    }
    const audience = world.audience(node);
    const weights = [0, 1, 2, 3, 4].map((belief) => (audience ? world.opinions(node, belief) / audience : Number(belief === UNKNOWN)));
    if (size < 5) {
      const [red, green, blue] = mixed(weights, colors.map(rgb));
      return disc(`rgb(${red} ${green} ${blue})`, 0, 2 * Math.PI);
    }
    let from = -Math.PI / 2;
    for (const belief of [1, 2, 3, 4, 0]) {
      if (!weights[belief]) continue;
      const to = from + weights[belief] * 2 * Math.PI;
      disc(colors[belief], from, to);
      from = to;
    }
  },

  // A hole where nobody runs; a bar where somebody left.
  drawGone(context, own, x, y) {
    const inner = this.size * 0.58;
    context.fillStyle = theme.color("panel");
    context.beginPath();
    context.arc(x, y, inner, 0, 2 * Math.PI);
    context.fill();
    if (this.size < 5) return;
    context.strokeStyle = theme.color("ink");
    context.lineWidth = 1.6;
    const reach = inner * 0.5;
    context.beginPath();
    context.moveTo(x - reach, own === LEFT ? y : y - reach);
    context.lineTo(x + reach, own === LEFT ? y : y + reach);
    if (own !== LEFT) {
      context.moveTo(x + reach, y - reach);
      context.lineTo(x - reach, y + reach);
    }
    context.stroke();
  },

  drawName(context, node, angle) {
    const radius = this.outer + this.size + (shapeAt(state.time) ? 20 : 14);
    const x = this.center[0] + radius * Math.cos(angle), y = this.center[1] + radius * Math.sin(angle);
    const dense = count > 40;
    context.font = `${node === state.node ? "600 " : ""}${dense ? 10.5 : 13}px system-ui, sans-serif`;
    context.textAlign = Math.abs(Math.cos(angle)) < 0.2 ? "center" : Math.cos(angle) > 0 ? "left" : "right";
    context.textBaseline = "middle";
    context.fillStyle = theme.color(node === state.node ? "ink" : "soft");
    context.fillText(recording.nodes[node], x, y);
  },

  drawNote(context) {
    const [x, y] = [14, 20];
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillStyle = theme.color("cut");
    context.fillText("network cut", x, y);
  },

  nodeAt(event) {
    const near = this.places.map(([x, y], node) => [Math.hypot(event.offsetX - x, event.offsetY - y), node]);
    const [distance, node] = near.reduce((best, next) => (next[0] < best[0] ? next : best));
    return distance < Math.max(8, this.size + 4) ? node : null;
  },

  tell(event) {
    const node = this.nodeAt(event);
    this.canvas.style.cursor = node === null ? "default" : "pointer";
    if (node === null) return tip.hide();
    tip.show(event, opinion(this.world, node));
  },
};

// Messages drawn at once at most.
const FLYING_MAX = 500;

// The first place whose time is not before this one.
function lowerBound(items, time) {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].at < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

