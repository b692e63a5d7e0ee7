// Without a graphics card thousands of lines take long: they rest while the picture moves.
function drawnBySoftware() {
  const context = document.createElement("canvas").getContext("webgl2");
  const known = context && context.getExtension("WEBGL_debug_renderer_info");
  const name = known ? context.getParameter(known.UNMASKED_RENDERER_WEBGL) : "";
  if (context && context.getExtension("WEBGL_lose_context")) context.getExtension("WEBGL_lose_context").loseContext();
  return /swiftshader|llvmpipe|softpipe|basic render/i.test(name);
}

// The drawing by sigma (WebGL): smooth for tens of thousands of firms. Only firms whose look changed are sent anew.
function drawSigma(container) {
  const graph = new graphology.DirectedGraph({ allowSelfLoops: false });
  // Those added last are drawn on top: the most critical.
  for (let k = count - 1; k >= 0; k--) graph.addNode(byImportance[k], { x: scene.x[byImportance[k]], y: -scene.y[byImportance[k]] });
  let factor = 1;
  const crowded = count > 12000;
  const least = crowded ? 1.6 : 2.7;
  const sizeOfHome = (firm) => Math.max(least, sizeOfFirm(firm) * factor);
  // A dark rim would cover a small circle, a pale circle without a rim is not seen: the rim is its own colour, darker.
  const rims = new Map();
  const rimOf = (look, size) => {
    if (size > 4 || look.far) return look.rim;
    if (!rims.has(look.fill)) rims.set(look.fill, shade(look.fill, crowded ? 0.85 : 0.55));
    return rims.get(look.fill);
  };
  const nodeLook = (key, attributes) => {
    const firm = Number(key);
    const look = lookOf(firm);
    const size = sizeOfHome(firm) * (firm === state.chosen ? 1.35 : 1);
    const above = firm === state.chosen ? 2 : scene.near && scene.near.has(firm) ? 1 : 0;
    return { ...attributes, color: look.fill, borderColor: rimOf(look, size), size, hidden: !isShown(firm), zIndex: above, label: "" };
  };
  // WebGL blends half-clear lines to white, so lines are pale instead.
  const pale = () => mix(LINK, isFading() ? 0.12 : Math.min(0.55, 1.3 * lineAlpha()));
  const edgeLook = (key, attributes) => {
    if (attributes.colour) return { ...attributes, color: attributes.colour, type: "arrow", size: 1.6, zIndex: 1 };
    return { ...attributes, color: pale(), size: Math.max(0.6, attributes.width * 0.6), zIndex: 0 };
  };
  const circle = Sigma.rendering.createNodeBorderProgram({
    borders: [{ size: { value: 1.5, mode: "pixels" }, color: { attribute: "borderColor" } }, { size: { fill: true }, color: { attribute: "color" } }],
  });
  const renderer = new Sigma(graph, container, {
    nodeProgramClasses: { circle },
    nodeReducer: nodeLook,
    edgeReducer: edgeLook,
    renderLabels: false,
    zIndex: true,
    stagePadding: 24,
    minCameraRatio: 0.004,
    maxCameraRatio: 4,
    zoomDuration: calm.matches ? 0 : 150,
    doubleClickZoomingRatio: 1.6,
    minEdgeThickness: 0.5,
    allowInvalidContainer: true,
    enableCameraRotation: false,
    hideEdgesOnMove: drawnBySoftware(),
  });
  // After each drag that hid the lines sigma would look at every firm anew: to draw once more is enough.
  const refresh = renderer.refresh.bind(renderer);
  renderer.refresh = (options) => (options ? refresh(options) : renderer.scheduleRender());
  const sheet = (below) => {
    const canvas = make("canvas", { className: "sheet" });
    below ? container.prepend(canvas) : container.append(canvas);
    return canvas.getContext("2d");
  };
  const [ground, overlay] = [sheet(true), sheet(false)];
  const toScreen = (x, y) => {
    const at = renderer.graphToViewport({ x, y: -y });
    return [at.x, at.y];
  };
  const scale = () => Math.hypot(toScreen(100, 0)[0] - toScreen(0, 0)[0], toScreen(100, 0)[1] - toScreen(0, 0)[1]) / 100;
  const sizeOf = (firm) => renderer.scaleSize(sizeOfHome(firm));
  const clean = (context) => {
    const [width, height, dense] = [container.clientWidth, container.clientHeight, window.devicePixelRatio || 1];
    const { canvas } = context;
    if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
      canvas.width = Math.round(width * dense);
      canvas.height = Math.round(height * dense);
    }
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, width, height);
    return { width, height };
  };
  let grounded = false;
  renderer.on("afterRender", () => {
    // Two corners give the linear way from the drawing to the screen, once a frame.
    const [left, top] = toScreen(0, 0);
    const now = scale();
    const quick = (x, y) => [x * now + left, y * now + top];
    if (state.view === "map" || grounded) {
      clean(ground);
      drawGround(ground, now, left, top);
      grounded = state.view === "map";
    }
    const room = clean(overlay);
    if (!fades) drawChosen(overlay, quick, sizeOf);
    drawNames(overlay, { ...room, toScreen: quick, scale: now, sizeOf });
  });
  // sigma finds the firm under the pointer by reading pixels back, which waits for the whole picture at each move.
  renderer.getNodeAtPosition = () => null;
  renderer.on("clickStage", ({ event }) => {
    const now = scale();
    choose(nearest(...fromScreen(drawing, event.x, event.y), 4 / now, (firm) => sizeOf(firm) / now));
  });
  const camera = renderer.getCamera();
  let made = null;
  let extra = [];
  let before = new Array(count).fill("");
  const keyOf = (firm) => {
    const look = lookOf(firm);
    return isShown(firm) ? look.fill + look.rim + look.wide + (scene.near && scene.near.has(firm) ? "n" : "") : "";
  };
  const measure = () => {
    const { scale: home } = fitted(container.clientWidth, container.clientHeight);
    factor = home >= 0.5 ? home : 0.62 * Math.pow(home, 0.55);
  };
  measure();
  return {
    paint() {
      const changed = [];
      for (let firm = 0; firm < count; firm++) {
        const key = keyOf(firm);
        if (key !== before[firm]) changed.push(firm);
        before[firm] = key;
      }
      if (changed.length > 4000) renderer.refresh({ skipIndexation: true });
      else if (changed.length) renderer.refresh({ partialGraph: { nodes: changed.map(String), edges: [] }, skipIndexation: true, schedule: true });
    },
    place() {
      // Firms without a place in this view stand in its middle, unseen, so that they do not widen it.
      const [left, top, right, bottom] = box();
      measure();
      graph.updateEachNodeAttributes((key, attributes) => {
        const firm = Number(key);
        attributes.x = scene.placed[firm] ? scene.x[firm] : (left + right) / 2;
        attributes.y = -(scene.placed[firm] ? scene.y[firm] : (top + bottom) / 2);
        return attributes;
      });
      renderer.setCustomBBox({ x: [left, right], y: [-bottom, -top] });
      before = before.fill("");
      refresh();
    },
    lines() {
      const fresh = made !== scene.lines;
      if (fresh) graph.clearEdges();
      else for (const edge of extra) graph.dropEdge(edge);
      if (fresh) scene.lines.forEach(({ from, to, width }) => graph.addEdgeWithKey(`${from}-${to}`, from, to, { width }));
      made = scene.lines;
      extra = [];
      for (const { from, to, colour } of scene.extra) {
        const key = `${from}-${to}`;
        if (graph.hasEdge(key)) graph.setEdgeAttribute(key, "colour", colour);
        else {
          graph.addEdgeWithKey(key, from, to, { width: 1, colour });
          extra.push(key);
        }
      }
      for (const key of this.strong || []) {
        if (graph.hasEdge(key) && !scene.extra.some((line) => `${line.from}-${line.to}` === key)) graph.removeEdgeAttribute(key, "colour");
      }
      this.strong = scene.extra.map((line) => `${line.from}-${line.to}`);
      if (fresh || fades) renderer.refresh({ skipIndexation: true });
    },
    home: () => camera.setState({ x: 0.5, y: 0.5, ratio: 1, angle: 0 }),
    zoom: (by) => camera.setState({ ratio: Math.min(4, Math.max(0.004, camera.ratio / by)) }),
    pan(dx, dy) {
      const from = renderer.viewportToFramedGraph({ x: 0, y: 0 });
      const to = renderer.viewportToFramedGraph({ x: dx, y: dy });
      camera.setState({ x: camera.x + to.x - from.x, y: camera.y + to.y - from.y });
    },
    toScreen,
    scale,
    sizeOf,
    renderer,
  };
}
