"""Measure the page: size of the file, time to build it, and what it costs a browser to open it and to move about.

Example: python tests/bench/bench_page.py            (500, 2,000, 5,000 and 50,000 firms)
Example: python tests/bench/bench_page.py 500 2000

The browser is headless Chromium with software rendering. CPU times are the processor's, of the page's main thread; the
time until a page is ready is the clock's, which other work on the computer makes longer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import valuechain as vc

CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
FRAMES = 60
TARGETS = {
    500: "file <= 0.8 MB",
    2_000: "ready <= 1.5 s",
    50_000: "<= 4 MB, built <= 20 s, ready <= 3 s, <= 5 ms, <= 80 MB",
}

PAN = """
(frames) => new Promise((done) => {
  const area = document.getElementById("graph").getBoundingClientRect();
  const [x, y] = [area.left + area.width / 2, area.top + area.height / 2];
  const target = document.elementFromPoint(x, y);
  const send = (type, dx, buttons) => {
    const at = { clientX: x + dx, clientY: y, buttons, button: 0, bubbles: true, cancelable: true };
    for (const [kind, name] of [[PointerEvent, "pointer" + type], [MouseEvent, "mouse" + type]]) {
      target.dispatchEvent(new kind(name, { ...at, pointerId: 1, pointerType: "mouse", view: window }));
    }
  };
  send("down", 0, 1);
  let frame = 0;
  const step = () => {
    frame += 1;
    send("move", 60 * Math.sin(frame / 6), 1);
    if (frame < frames) requestAnimationFrame(step);
    else { send("up", 0, 0); requestAnimationFrame(() => done(frame)); }
  };
  requestAnimationFrame(step);
})
"""


def main(words: list[str] | None = None) -> int:
    """Build pages of synthetic networks and print a table of what they cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("firms", nargs="*", type=int, default=[500, 2_000, 5_000, 50_000])
    options = parser.parse_args(words)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("chromium is not installed; install it with: apt-get install chromium\n")
        return 1
    print("firms   links    engine  file MB  built s (CPU)  ready s  ready CPU s  pan CPU ms/frame  heap MB   target")
    with tempfile.TemporaryDirectory() as folder:
        for firms in options.firms:
            row = _measured(firms, Path(folder) / f"{firms}.html", chromium)
            print(row, " ", TARGETS.get(firms, ""), flush=True)
    return 0


def _measured(firms: int, page: Path, chromium: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = vc.synthetic(firms=firms, links_per_firm=3, clusters=20, seed=1)
        results = [vc.diagnose(net), vc.single_points_of_failure(net)]
        started, worked = time.perf_counter(), time.process_time()
        vc.write_html(net, page, results=results)
    built, worked = time.perf_counter() - started, time.process_time() - worked
    seen = _opened(page, chromium)
    size = page.stat().st_size / 1e6
    return (
        f"{firms:6,} {net.n_links:8,}  {seen['engine']:6}  {size:7.2f}  {built:7.1f} ({worked:4.1f})  "
        f"{seen['ready']:7.2f}  {seen['cpu']:11.2f}  {seen['pan']:16.1f}  {seen['heap']:7.1f}"
    )


def _opened(page: Path, chromium: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not needed to print the help

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_OPTIONS))
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable")

        def metric(name: str) -> float:
            found = session.send("Performance.getMetrics")["metrics"]
            return float(next(m["value"] for m in found if m["name"] == name))

        before, started = metric("ThreadTime"), time.perf_counter()
        tab.goto(page.as_uri(), wait_until="commit")
        tab.wait_for_selector("html[data-ready=true]", state="attached")
        ready, cpu = time.perf_counter() - started, metric("ThreadTime") - before
        tab.wait_for_timeout(1500)
        before = metric("ThreadTime")
        frames = tab.evaluate(PAN, FRAMES)
        pan = (metric("ThreadTime") - before) / frames * 1000
        session.send("HeapProfiler.collectGarbage")
        heap = metric("JSHeapUsedSize") / 1e6
        engine = tab.evaluate("document.documentElement.dataset.engine")
        browser.close()
    return {"ready": ready, "cpu": cpu, "pan": pan, "heap": heap, "engine": engine}


if __name__ == "__main__":
    sys.exit(main())
