// The drawing by vis-network: smooth up to about 2,000 firms. Links carry no title, which vis would read as HTML.
function drawVis(container) {
  const node = (id) => {
    const look = lookOf(id);
    const color = { background: look.fill, border: look.rim };
    return { id, x: scene.x[id], y: scene.y[id], size: sizeOfFirm(id), color, borderWidth: look.wide, hidden: !isShown(id) };
  };
  const all = [...Array(count).keys()];
  const nodes = new vis.DataSet(all.map(node));
  const edges = new vis.DataSet();
  const options = data.options;
  const network = new vis.Network(container, { nodes, edges }, options);
  for (const element of container.querySelectorAll("[tabindex]")) element.tabIndex = -1;
  const toScreen = (x, y) => {
    const at = network.canvasToDOM({ x, y });
    return [at.x, at.y];
  };
  const sizeOf = (firm) => sizeOfFirm(firm) * network.getScale();
  const plain = (context, draw) => {
    const dense = context.canvas.width / container.clientWidth;
    context.save();
    context.setTransform(dense, 0, 0, dense, 0, 0);
    draw(container.clientWidth, container.clientHeight);
    context.restore();
  };
  network.on("click", (event) => choose(event.nodes.length ? event.nodes[0] : null));
  network.on("beforeDrawing", (context) => plain(context, () => drawGround(context, network.getScale(), ...toScreen(0, 0))));
  network.on("afterDrawing", (context) => plain(context, (width, height) => {
    drawNames(context, { toScreen, scale: network.getScale(), width, height, sizeOf });
  }));
  let extra = [];
  let made = null;
  const fade = () => (isFading() ? 0.07 : lineAlpha());
  const drawn = {
    paint: () => nodes.update(all.map(node)),
    place: () => nodes.update(all.map(node)),
    lines() {
      if (made !== scene.lines) {
        edges.clear();
        extra = [];
        const heavy = scene.lines.length > 3000;
        network.setOptions({ interaction: { hideEdgesOnDrag: heavy, hideEdgesOnZoom: heavy } });
      }
      edges.remove(extra);
      const color = { color: LINK, opacity: fade(), inherit: false };
      const own = new Set(scene.extra.map((line) => line.from * count + line.to));
      const base = scene.lines.map(({ from, to, width }, id) => ({ id, from, to, width, color, hidden: own.has(from * count + to) }));
      made === scene.lines ? edges.update(base) : edges.add(base);
      const strong = scene.extra.map(({ from, to, width, colour }, k) => ({
        id: "x" + k, from, to, width, color: { color: colour, opacity: 0.85 }, arrows: { to: { enabled: true } },
      }));
      extra = edges.add(strong);
      made = scene.lines;
    },
    home() {
      const { scale } = fitted(container.clientWidth, container.clientHeight);
      const [left, top, right, bottom] = box();
      network.moveTo({ scale, position: { x: (left + right) / 2, y: (top + bottom) / 2 + 7 / scale }, animation: false });
    },
    zoom: (by) => network.moveTo({ scale: Math.min(8, Math.max(0.02, network.getScale() * by)) }),
    pan(dx, dy) {
      const { x, y } = network.getViewPosition();
      network.moveTo({ position: { x: x + dx / network.getScale(), y: y + dy / network.getScale() } });
    },
    toScreen,
    scale: () => network.getScale(),
    sizeOf,
  };
  return drawn;
}
