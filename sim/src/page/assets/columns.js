// The timeline as numbers.

// In the place of a share: nobody was there to have an opinion.
const NOBODY = 254;

function isNobody(shares, at) {
  return shares[at] === NOBODY && shares[at + 1] === NOBODY;
}

function same(array, a, b) {
  return array[a] === array[b] && array[a + 1] === array[b + 1] && array[a + 2] === array[b + 2] && array[a + 3] === array[b + 3];
}

// For each row and column the shares of the beliefs at the worst moment of the column, and the row's own state.
function computeColumns(start, stop, width) {
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
  world.seek(start);
  const step = (stop - start) / width;
  for (let column = 0; column < width; column++) {
    worst.fill(-1);
    for (let node = 0; node < count; node++) note(node);
    world.seek(start + (column + 1) * step, touched);
    for (let node = 0; node < count; node++) {
      shares.set(current.subarray(node * 4, node * 4 + 4), (node * width + column) * 4);
      own[node * width + column] = world.own(node);
    }
  }
  return { width, shares, own };
}

