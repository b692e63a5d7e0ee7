"""Take a picture of a network's page or report, as for the README.

Example: python tests/browser/screenshots.py graphs/baltic_mobility docs/network.png --width 1280 --height 800
Example: python tests/browser/screenshots.py graphs/baltic_mobility docs/images/report.png --width 1000 --height 1000 \\
    --report --scenario graphs/baltic_mobility/scenarios/power_module_fire.toml
Example: python tests/browser/screenshots.py graphs/baltic_mobility report.pdf --print --report
Example: python tests/browser/screenshots.py eu_battery docs/images/eu_battery_failure.png --height 860 \\
    --firm "China, graphite refining" --fail
Example: python tests/browser/screenshots.py eu_battery.html docs/images/eu_battery_partner.png --partner 1 --height 860
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main(words: list[str] | None = None) -> int:
    """Build the page of a network with its diagnosis and save what a browser shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="a network path, an example's name, or an .html page")
    parser.add_argument("output", type=Path, help="the PNG (or, with --print, PDF) to write")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--full", action="store_true", help="the whole page, not one screen")
    parser.add_argument("--firm", help="id or name of a firm to choose first")
    parser.add_argument("--colour", choices=("risk", "sector", "cluster", "country"), help="colour by")
    parser.add_argument("--view", choices=("network", "tiers", "map"), help="another view of the page")
    parser.add_argument("--fail", action="store_true", help="with --firm: show what its failure does")
    parser.add_argument("--partner", type=int, help="of an .html page with suggestions: the rank of the one to open")
    parser.add_argument("--language", default="en", help="language of the page")
    parser.add_argument("--print", dest="printed", action="store_true", help="as on paper")
    parser.add_argument("--no-script", action="store_true", help="with JavaScript off")
    parser.add_argument("--plain", action="store_true", help="without any result")
    parser.add_argument("--report", action="store_true", help="the report, not the page")
    parser.add_argument("--scenario", action="append", default=[], help="with --report: a scenario file to simulate")
    parser.add_argument("--part", help="begin with the element of this id, such as disruptions")
    options = parser.parse_args(words)
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("chromium is not installed; install it with: apt-get install chromium\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        page = Path(options.network)
        if page.suffix != ".html":
            page = Path(folder) / "network.html"
            if options.report:
                _build_report(options.network, page, options.scenario)
            else:
                _build(options.network, page, plain=options.plain, language=options.language)
        _shoot(page.resolve(), chromium, options)
    return 0


def _build(network: str, page: Path, *, plain: bool, language: str) -> None:
    import valuechain as vc  # noqa: PLC0415 - a ready page needs none of it

    net = vc.read(network)
    results = [] if plain else [vc.diagnose(net), vc.single_points_of_failure(net)]
    vc.write_html(net, page, results=results, language=language)


def _build_report(network: str, page: Path, scenarios: list[str]) -> None:
    import valuechain as vc  # noqa: PLC0415 - a ready page needs none of it

    net = vc.read(network)
    read = [vc.read_scenario(file) for file in scenarios]
    runs = [vc.ensemble(net, s) if s.ensemble is not None else vc.simulate(net, s) for s in read]
    vc.write_report(net, page, results=[vc.diagnose(net), *runs])


def _shoot(page: Path, chromium: str, options: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_OPTIONS))
        tab = browser.new_page(
            viewport={"width": options.width, "height": options.height},
            java_script_enabled=not options.no_script,
            reduced_motion="reduce",
        )
        tab.goto(page.as_uri())
        # The report has no script; a page says when its script is ready.
        if not options.no_script and not options.report:
            tab.wait_for_selector("html[data-ready=true]")
            tab.wait_for_timeout(400)
        for name, value in (("scheme", options.colour), ("view", options.view)):
            if value:
                tab.check(f"input[name={name}][value={value}]", force=True)
        if options.firm:
            tab.fill("#search", options.firm)
            tab.press("#search", "Enter")
            if options.fail:
                tab.locator("#panel .action.strong").click()
            tab.evaluate("scrollTo(0, 0); document.getElementById('panel').scrollTop = 0")
            tab.wait_for_timeout(400)
        if options.partner:
            tab.locator("#partners button.open").nth(options.partner - 1).click()
            tab.evaluate("scrollTo(0, 0)")
            tab.wait_for_timeout(400)
        if options.part:
            tab.evaluate("(id) => document.getElementById(id).scrollIntoView()", options.part)
        if options.printed and options.output.suffix == ".pdf":
            tab.pdf(path=options.output, format="A4", prefer_css_page_size=True, print_background=True)
        else:
            if options.printed:
                tab.emulate_media(media="print")
            tab.screenshot(path=options.output, full_page=options.full)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
