// Beside the ring: what the selected node believes, and what is believed of it.

const side = {
  draw() {
    const box = document.getElementById("view");
    const node = state.node;
    if (node === null) return box.replaceChildren();
    const { world } = player;
    const members = [...Array(count).keys()].filter((other) => recording.clusters[other] === recording.clusters[node]);
    const bar = (shares, all) => element("div", { className: "bar" }, ...[1, 2, 3, 4].filter((belief) => shares[belief]).map((belief) =>
      element("i", { style: `background:var(--${BELIEFS[belief]});width:${(100 * shares[belief]) / all}%` })));
    const said = (shares) => [1, 2, 3, 4, 0].filter((belief) => shares[belief]).map((belief) => `${shares[belief]} ${BELIEFS[belief]}`).join(", ") || "nobody";
    const own = world.own(node);
    const views = [0, 0, 0, 0, 0];
    for (const other of members) if (other !== node) views[world.believes(node, other)]++;
    const opinions = [0, 1, 2, 3, 4].map((belief) => world.opinions(node, belief));
    const parts = [
      element("p", {}, element("b", {}, recording.nodes[node]), ` ${["is down", "runs", "runs", "runs", "has left"][own]}.`),
      element("p", {}, `The others of it: ${said(opinions)}`, bar(opinions, Math.max(1, world.audience(node)))),
    ];
    if (own !== UNKNOWN) {
      const cells = element("div", { className: "cells", style: `grid-template-columns:repeat(${clamp(Math.ceil(Math.sqrt(members.length * 1.6)), 8, 32)},1fr)` });
      for (const other of members) {
        const belief = world.believes(node, other);
        cells.append(element("i", { style: `background:var(--${BELIEFS[belief]})`, title: `${recording.nodes[other]}: ${other === node ? "itself" : BELIEFS[belief]}`, onclick: () => state.select(other) }));
      }
      parts.push(element("p", {}, `It of the others: ${said(views)}`, cells));
    }
    box.replaceChildren(...parts);
  },
};

