// How the timeline is painted.

Object.assign(timeline, {
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
      if (row === undefined || at < this.from || at > this.to || kind === "start" || kind === "exit" || (kind === "refute" && place.row < 10)) continue;
      const y = place.top + (row + 0.42) * place.row;
      drawMark(context, kind, this.x(at), y, size);
    }
    if (recording.failure && recording.failure.at >= this.from && recording.failure.at <= this.to) {
      context.fillStyle = theme.color("dead");
      context.fillRect(this.x(recording.failure.at) - 1, place.agreement.top, 2, place.bottom - place.agreement.top);
    }
  },
});

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

