// What all pictures share: canvases, colours, ticks, numbers, the tip beside the pointer.

// Fits a canvas to its box and a height, on sharp and dull screens; answers its context, in CSS pixels.
function fit(canvas, height) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const width = Math.max(200, canvas.parentElement.clientWidth);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = "12px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";
  return { context, width, height, ratio };
}

// Red, green and blue of a colour such as #8fbbe0.
function rgb(color) {
  const number = parseInt(color.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

// A colour between several, by their weights. Bad news weighs more, or one in five hundred would not be seen.
function mixed(weights, colors) {
  const emphasis = [1, 1, 1.6, 1.6, 1.3];
  let sum = 0;
  const mix = [0, 0, 0];
  weights.forEach((share, place) => {
    const weight = share * emphasis[place];
    sum += weight;
    colors[place].forEach((part, channel) => { mix[channel] += part * weight; });
  });
  return mix.map((part) => (sum ? part / sum : 0));
}

// Round numbers that divide a range into about so many parts.
function ticks(from, to, parts) {
  const rough = (to - from) / Math.max(1, parts);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999);
  const found = [];
  for (let place = Math.ceil(from / step - 1e-9); place * step <= to * (1 + 1e-9); place++) found.push(place * step);
  return found;
}

function seconds(micros, digits = 3) {
  return `${(micros / 1e6).toFixed(digits)} s`;
}

// Seconds without needless zeros, for an axis.
function short(value) {
  return `${Number(value.toPrecision(6))}`;
}

function grouped(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

// A number with a prefix: 12 k.
function compact(number) {
  for (const [size, prefix] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (number >= size) return `${Number((number / size).toPrecision(3))}\u2009${prefix}`;
  }
  return short(Number(number.toPrecision(3)));
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "style") made.style.cssText = value;
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const tip = {
  box: document.getElementById("tip"),
  show(event, text) {
    this.box.textContent = text;
    this.box.hidden = false;
    const { width, height } = this.box.getBoundingClientRect();
    const left = event.clientX + 16 + width > innerWidth ? event.clientX - 16 - width : event.clientX + 16;
    this.box.style.left = `${Math.max(4, left)}px`;
    this.box.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - height - 4))}px`;
  },
  hide() {
    this.box.hidden = true;
  },
};

// The colours of the beliefs, in the order of their numbers.
function beliefColors() {
  return BELIEFS.map((name) => theme.color(name));
}

// The colour of a kind of message.
function kindColor(name) {
  return theme.color(name.replace(" ", "-"));
}

