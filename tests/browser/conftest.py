"""One browser for all tests of the page; they are skipped where playwright or chromium is not installed."""

from __future__ import annotations

import pytest

from tests.browser.visiting import CHROMIUM, OPTIONS, Visit, all_results, build, with_clusters


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def shown_network():
    return with_clusters()


@pytest.fixture(scope="session")
def shown_results(browser, shown_network):
    return all_results(shown_network)


@pytest.fixture(scope="session")
def page_file(shown_network, shown_results, tmp_path_factory):
    """A page drawn by vis-network with all there is."""
    return build(tmp_path_factory.mktemp("page") / "page.html", shown_network, shown_results)


@pytest.fixture(scope="session")
def sigma_file(shown_network, shown_results, tmp_path_factory):
    """The same drawn by sigma."""
    return build(tmp_path_factory.mktemp("page") / "sigma.html", shown_network, shown_results, renderer="sigma")


@pytest.fixture
def visit(browser, page_file):
    with Visit(browser, page_file) as opened:
        yield opened
