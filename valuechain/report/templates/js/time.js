// A slider with play, and what it moves: sweeps of a cascade, days of a run.
function player(name, show) {
  const range = byId(name + "-range");
  const button = byId(name + "-play");
  const output = byId(name + "-text");
  let timer = null;
  const here = {
    open(last, at) {
      here.stop();
      range.max = String(last);
      range.value = String(at);
      show(at);
    },
    at: () => Number(range.value),
    tell(text) {
      output.textContent = text;
      range.setAttribute("aria-valuetext", text);
    },
    stop() {
      clearInterval(timer);
      timer = null;
      button.textContent = words.play;
      button.setAttribute("aria-pressed", "false");
    },
    play() {
      if (Number(range.value) >= Number(range.max)) range.value = "0";
      show(Number(range.value));
      const pace = Math.max(calm.matches ? 500 : 90, Math.min(700, 9000 / Math.max(1, Number(range.max))));
      button.textContent = words.pause;
      button.setAttribute("aria-pressed", "true");
      timer = setInterval(() => {
        if (Number(range.value) >= Number(range.max)) {
          here.stop();
          return;
        }
        range.value = String(Number(range.value) + 1);
        show(Number(range.value));
      }, pace);
    },
  };
  if (!range) return here;
  range.addEventListener("input", () => {
    here.stop();
    show(Number(range.value));
  });
  button.addEventListener("click", () => (timer === null ? here.play() : here.stop()));
  return here;
}

// The slider and the drawing above it are in sight together, on a phone too.
function bringPlayer(name) {
  root.dataset.playing = name;
  byId(name + "-range").closest(".player").scrollIntoView({ block: "nearest", behavior: "auto" });
}

const runs = data.runs.map((run) => ({
  ...run,
  loss: unpack(run.loss),
  bands: (run.bands || []).map((band) => ({ name: band.name, loss: unpack(band.loss) })),
  expected: unpack(run.expected),
  firms: run.firms && { place: unpack(run.firms.place), days: unpack(run.firms.days), losses: unpack(run.firms.losses) },
}));
for (const run of runs) if (run.firms) run.at = new Map([...run.firms.place].map((firm, k) => [firm, k]));
let timePlayer = null;
const time = { run: 0, other: -1 };

// What a firm loses on a day; of days that the page does not hold, the one before counts. NaN: not on the page.
function lossOn(run, day) {
  if (run.kind === "ensemble") return (firm) => (run.expected ? run.expected[firm] : NaN);
  if (!run.firms) return () => NaN;
  let frame = 0;
  while (frame + 1 < run.firms.days.length && run.firms.days[frame + 1] <= day) frame += 1;
  const from = frame * run.firms.place.length;
  return (firm) => {
    const place = run.at.get(firm);
    return place === undefined ? 0 : lossAt(run.firms, from + place);
  };
}

function differenceColour(value) {
  const scale = data.steps.difference;
  return Math.abs(value) < 0.002 ? QUIET : scale[Math.round(((Math.max(-1, Math.min(1, value)) + 1) / 2) * (scale.length - 1))];
}

function showDay(day) {
  if (failing !== null) {
    failPlayer.stop();
    failing = null;
    byId("fail-bar").hidden = true;
  }
  if (state.overlay !== "day" && !restoring) bringPlayer("run");
  state.overlay = "day";
  const run = runs[time.run];
  const other = runs[time.other];
  const lost = lossOn(run, day);
  const theirs = other && lossOn(other, Math.min(day, other.days - 1));
  scene.overlay = {
    colour(firm) {
      const value = theirs ? theirs(firm) - lost(firm) : lost(firm);
      if (Number.isNaN(value)) return data.steps.unknown;
      return theirs ? differenceColour(value) : lossColour(value);
    },
  };
  timePlayer.tell(dayText(run, other, day));
  moveCursor(day);
  showLegend(theirs ? "difference" : run.kind === "ensemble" ? "expected" : "loss");
  repaint();
  share_state();
}

function bandName(name) {
  if (name === "median") return words.median;
  return /^q\d+$/.test(name) ? fill(words.quantile, { percent: Number(name.slice(1)) }) : name;
}

function runName(run) {
  return run.kind === "ensemble" ? fill(words.many_runs, { name: brief(run.name), count: number(run.runs) }) : brief(run.name);
}

function dayText(run, other, day) {
  if (run.kind === "ensemble") {
    const bands = run.bands.map((band) => `${bandName(band.name)}: ${share(band.loss[day])}`).join(", ");
    const alike = run.bands.every((band) => band.loss.every((value, at) => Math.abs(value - run.loss[at]) < 1e-7));
    const said = alike ? fill(words.day_alike, { day, share: share(run.loss[day]), count: number(run.runs) }) : fill(words.day_bands, { day, mean: share(run.loss[day]), bands });
    return said + " " + words.day_colours;
  }
  const text = fill(words.day, { day, share: share(run.loss[day]) });
  return other ? text + " " + fill(words.day_other, { share: share(other.loss[Math.min(day, other.days - 1)]) }) : text;
}

function figuresOf(run) {
  let worst = 0;
  run.loss.forEach((value, day) => { if (value > run.loss[worst] + 1e-12) worst = day; });
  const found = [
    [run.kind === "ensemble" ? words.mean_loss : words.total_loss, share(run.total)],
    [words.lost_value, number(run.lost) + " " + data.currency],
    [words.worst_day, fill(words.worst_text, { day: worst, share: share(run.loss[worst]) })],
  ];
  if (run.kind === "ensemble") found.splice(1, 0, [words.tail_loss, share(run.tail)], [words.runs_count, number(run.runs)]);
  if (run.seed !== null) found.push([words.seed, String(run.seed)]);
  return found;
}

function showRun() {
  const [run, other] = [runs[time.run], runs[time.other]];
  byId("run-choice").value = String(time.run);
  // A run is not compared with itself.
  for (const option of byId("run-other").options) option.disabled = Number(option.value) === time.run;
  byId("run-other").value = String(time.other);
  drawRuns();
  const table = byId("run-figures");
  table.replaceChildren();
  [run, ...(other ? [other] : [])].forEach((shown, k) => {
    const part = make("dl", { className: "facts" });
    for (const [name, value] of figuresOf(shown)) part.append(make("div", {}, make("dt", { text: name }), make("dd", { text: value, dir: "auto" })));
    const name = make("bdi", { className: "line", text: runName(shown) });
    table.append(make("div", {}, make("h3", {}, make("span", { className: "tag run" + k }), name), part));
  });
}

function drawRuns() {
  const other = runs[time.other];
  drawChart([runs[time.run], ...(other ? [other] : [])], (day) => {
    timePlayer.stop();
    byId("run-range").value = String(day);
    showDay(day);
  });
  moveCursor(timePlayer.at());
}

function setUpRuns() {
  if (!runs.length) return;
  timePlayer = player("run", showDay);
  const name = (run, k) => `${runs.length > 1 ? k + 1 + ". " : ""}${runName(run)}`;
  runs.forEach((run, k) => {
    byId("run-choice").append(make("option", { value: String(k), text: name(run, k) }));
    byId("run-other").append(make("option", { value: String(k), text: name(run, k) }));
  });
  byId("run-other").prepend(make("option", { value: "-1", text: words.no_other }));
  byId("run-other").closest("label").hidden = runs.length < 2;
  byId("run-choice").closest("label").hidden = runs.length < 2;
  if (data.scenario !== null) time.run = Math.max(0, data.runs.findIndex((run) => run.name === data.scenario));
  const changed = () => {
    time.run = Number(byId("run-choice").value);
    time.other = Number(byId("run-other").value);
    if (time.other === time.run) time.other = -1;
    showRun();
    timePlayer.open(runs[time.run].days - 1, Math.min(timePlayer.at(), runs[time.run].days - 1));
  };
  byId("run-choice").addEventListener("change", changed);
  byId("run-other").addEventListener("change", changed);
  byId("run-end").addEventListener("click", () => {
    timePlayer.stop();
    endOverlay();
  });
  byId("run-range").max = String(runs[time.run].days - 1);
  byId("run-range").value = "0";
  timePlayer.tell(fill(words.days, { count: number(runs[time.run].days) }));
  showRun();
  new ResizeObserver(() => {
    if (chartWidth() !== CHART.width) drawRuns();
  }).observe(byId("run-chart"));
}
