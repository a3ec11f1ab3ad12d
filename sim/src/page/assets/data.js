// What was recorded, unpacked, and the state of the cluster at any time. Times are in microseconds.

const recording = JSON.parse(document.getElementById("recording").textContent);
const count = recording.nodes.length;
const end = Math.max(recording.end, 1);

// What one node can believe of another; the numbers are those of the recording.
const BELIEFS = ["unknown", "alive", "suspect", "dead", "left"];
const UNKNOWN = 0, ALIVE = 1, LEFT = 4, EVERYTHING = 0xffff;

// Reads numbers that are spelled as LEB128 in base 64.
class Numbers {
  constructor(text) {
    const binary = atob(text);
    this.bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    this.place = 0;
  }
  get more() {
    return this.place < this.bytes.length;
  }
  next() {
    let number = 0, factor = 1, byte;
    do {
      byte = this.bytes[this.place++];
      number += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return number;
  }
}

// The log of beliefs as columns: when, who, of whom (or EVERYTHING: it stopped), what.
const log = (() => {
  const numbers = new Numbers(recording.beliefs.data);
  const at = [], observer = [], subject = [], belief = [];
  const push = (time, who, whom, what) => {
    at.push(time); observer.push(who); subject.push(whom); belief.push(what);
  };
  let time = 0;
  while (numbers.more) {
    time += numbers.next() * recording.beliefs.step;
    const who = numbers.next();
    for (let groups = numbers.next(); groups > 0; groups--) {
      const head = numbers.next();
      const what = head & 7;
      if (what === 7) push(time, who, EVERYTHING, UNKNOWN);
      for (let whom = 0, rest = head >> 3; rest > 0; rest--) push(time, who, (whom += numbers.next()), what);
    }
  }
  return {
    size: at.length, at: Float64Array.from(at), observer: Uint16Array.from(observer),
    subject: Uint16Array.from(subject), belief: Uint8Array.from(belief),
  };
})();

// Messages in the order of their sending. Fates: 0 arrives after `delay`, 1 lost, 2 cut.
const flights = (() => {
  const numbers = new Numbers(recording.flights.data);
  const flights = [];
  let at = 0;
  while (numbers.more) {
    at += numbers.next();
    const flight = { at, from: numbers.next(), to: numbers.next(), kind: 0, fate: 0, delay: 0 };
    const head = numbers.next();
    flight.kind = head >> 2;
    flight.fate = head & 3;
    if (flight.fate === 0) flight.delay = numbers.next();
    flights.push(flight);
  }
  return flights;
})();

// The cluster at one time: who believes what of whom. Moves forwards cheaply, backwards from the start.
class World {
  constructor() {
    this.view = new Uint8Array(count * count); // observer * count + subject
    this.counts = new Uint16Array(count * 5); // subject * 5 + belief, over the other observers that take part
    this.present = new Uint8Array(count);
    this.peers = new Uint16Array(count); // observers that take part, by cluster
    this.reset();
  }
  reset() {
    for (const array of [this.view, this.counts, this.present, this.peers]) array.fill(0);
    this.place = 0;
    this.time = -1;
  }
  // Goes to a time; `touched` is told the subject of every change, or EVERYTHING.
  seek(time, touched) {
    if (time < this.time) this.reset();
    for (; this.place < log.size && log.at[this.place] <= time; this.place++) {
      this.apply(log.observer[this.place], log.subject[this.place], log.belief[this.place], touched);
    }
    this.time = time;
  }
  apply(observer, subject, belief, touched) {
    if (subject === EVERYTHING) {
      this.enter(observer, false);
      this.view.fill(0, observer * count, (observer + 1) * count);
      touched?.(EVERYTHING);
    } else if (subject === observer) {
      this.view[observer * count + observer] = belief;
      this.enter(observer, belief === ALIVE || belief === 2);
      touched?.(EVERYTHING);
    } else {
      this.counted(observer, subject, -1);
      this.view[observer * count + subject] = belief;
      this.counted(observer, subject, 1);
      touched?.(subject);
    }
  }
  // Whether a node takes part: it runs and has not left.
  enter(observer, present) {
    if (this.present[observer] === Number(present)) return;
    const by = present ? 1 : -1;
    if (present) this.present[observer] = 1;
    for (let subject = 0; subject < count; subject++) {
      if (subject !== observer) this.counted(observer, subject, by);
    }
    this.present[observer] = Number(present);
    this.peers[recording.clusters[observer]] += by;
  }
  counted(observer, subject, by) {
    const belief = this.view[observer * count + subject];
    if (this.present[observer] && belief !== UNKNOWN) this.counts[subject * 5 + belief] += by;
  }
  believes(observer, subject) {
    return this.view[observer * count + subject];
  }
  // How many others could have an opinion of this node.
  audience(subject) {
    return this.peers[recording.clusters[subject]] - this.present[subject];
  }
  // How many of them have this one.
  opinions(subject, belief) {
    if (belief !== UNKNOWN) return this.counts[subject * 5 + belief];
    let known = 0;
    for (let other = 1; other < 5; other++) known += this.counts[subject * 5 + other];
    return Math.max(0, this.audience(subject) - known);
  }
  own(node) {
    return this.view[node * count + node];
  }
}

// The partitions at a time; null while the network is whole.
function shapeAt(time) {
  let found = null;
  for (const shape of recording.shapes) {
    if (shape.at > time) break;
    found = shape.whole ? null : shape;
  }
  return found;
}

// The spans of time in which something was cut.
const bands = recording.shapes.map((shape, place) => ({
  shape, from: shape.at, to: recording.shapes[place + 1]?.at ?? end,
})).filter((band) => !band.shape.whole);

// Everything worth a stop, in order: { at, node, kind, text }.
const moments = (() => {
  const words = { start: "starts", restart: "starts again", crash: "crashes", leave: "leaves", exit: "stops, after its goodbye", refute: "refutes" };
  const moments = recording.moments.map(([at, node, kind]) => ({ at, node, kind, text: `${recording.nodes[node]} ${words[kind]}` }));
  for (const shape of recording.shapes) {
    const text = shape.whole ? "the network is whole again" : `the network is cut: ${shape.text}`;
    moments.push({ at: shape.at, node: null, kind: shape.whole ? "whole" : "cut", text });
  }
  const spoken = { suspect: "suspect", dead: "dead" };
  for (const news of recording.news) {
    const late = news.kind === "join" || news.kind === "refute" || news.kind === "left";
    if (late) continue;
    moments.push({ at: news.since, node: null, kind: spoken[news.kind] ?? "register", text: `${news.text}: the first to know` });
    const last = news.since + news.times[news.times.length - 1];
    moments.push({ at: last, node: null, kind: spoken[news.kind] ?? "register", text: `${news.text}: the last of ${news.heard} to know` });
  }
  if (recording.failure) {
    const { at, node, rule } = recording.failure;
    moments.push({ at, node, kind: "dead", text: `${recording.nodes[node] ?? ""} breaks the rule ${rule}` });
  }
  return moments.sort((a, b) => a.at - b.at);
})();

