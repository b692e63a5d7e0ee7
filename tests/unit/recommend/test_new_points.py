"""Single points of failure with suggestions: small networks worked out by hand, whole analyses anew, brute force."""

import warnings

import numpy as np
import pandas as pd
import pytest

import valuechain as vc
from tests.conftest import network_of
from tests.unit.recommend.test_partners import asked, failing, mines
from valuechain.errors import ModelWarning
from valuechain.recommend.economy import economy_of
from valuechain.recommend.evidence_text import card_lines
from valuechain.recommend.new_points import HALF, Points, listed

# b gets q of a (6) and c (4); c and d, who could be new, both live on the mine m.
SHARED = [("a", "b", 6.0, "q"), ("c", "b", 4.0, "q"), ("m", "c", 3.0, "ore"), ("m", "d", 3.0, "ore"),
          ("d", "z", 20.0, "q"), ("b", "y", 9.0, "r")]  # fmt: skip
SHARED_FIRMS = {"output": dict.fromkeys("abcmdzy", 20.0), "capacity": dict.fromkeys("abcmdzy", 40.0)}


def card(net, candidate, **options):
    table = asked(net, **options).evidence.table.set_index("candidate")
    return {"candidate": candidate, **table.loc[candidate].to_dict()}


def test_who_no_longer_stops_the_buyer_is_named_and_counted():
    told = card(mines(), "d", scenario=failing("a"))
    # a and m stop b today. d makes q from the ore of k: neither does any more; m still stops a and c.
    assert told["frees_as_backup"] == "a; m"
    assert (told["points_today"], told["points_as_backup"], told["points_as_standing"]) == (5, 4, 4)
    assert (told["new_as_standing"], told["half_new_as_standing"]) == ("", "")
    line = next(x for x in card_lines(mines(), told) if x.startswith("New single point"))
    assert line == (
        "New single point of failure: none. The buyer no longer stops when one of these fails: a; m. Firms that stop "
        "others: 5 today, 4 with it; should less than half of a need stop a firm: 5 today, 4 with it."
    )


def test_a_standing_supplier_behind_the_mine_of_a_present_one_makes_it_a_single_point_at_half_of_the_need():
    net = network_of(SHARED, firms=SHARED_FIRMS, essential_rule="all")
    told = card(net, "d", scenario=failing("a"), fixed_cost=1.0, unit_cost=1.0)
    # d takes over a third of 10; c keeps 4 x 2/3: m then takes 6 of 10, a 4 of 10.
    assert (told["half_new_as_standing"], told["half_frees_as_standing"]) == ("m", "a")
    assert told["half_frees_as_backup"] == "a"
    assert (told["points_today"], told["points_as_standing"]) == (3, 3)  # b of y, d of z, m of c and d
    assert any(
        "as a standing supplier it makes the buyer stop when one of these fails: m." in x for x in card_lines(net, told)
    )


def test_a_backup_frees_at_half_of_the_need_only_if_it_can_deliver_that_much():
    net = network_of([("a", "b", 8.0, "q"), ("d", "z", 4.0, "q"), ("e", "z", 4.0, "q")], essential_rule="all")
    economy, half = economy_of(net, spare_share=0.0), None
    slot = np.flatnonzero(economy.graph.slot_buyer == net.positions(["b"])[0])
    for most, freed in ((3.9, ""), (4.0, "a of b")):
        half = Points(economy=economy, min_share=HALF)
        object.__setattr__(economy, "spare", np.full(net.n_firms, 9.0))
        assert listed(economy, half.with_backups(slot, net.positions(["d"]), np.array([most])).gone) == freed
    # Two needs share what one firm has to spare: then each gets half of it.
    object.__setattr__(economy, "spare", np.full(net.n_firms, 6.0))
    other = np.flatnonzero(economy.graph.slot_buyer == net.positions(["z"])[0])
    twice = half.with_backups(np.r_[slot, other], net.positions(["a", "a"]), np.array([6.0, 6.0]))
    assert twice.after == twice.today == 1


def random_case(seed):
    """Return a network with alternatives, and suggestions for some needs of it."""
    rng = np.random.default_rng(seed)
    ids = [f"f{k}" for k in rng.permutation(14)]
    product = {f: "pqr"[k % 3] for k, f in enumerate(ids)}
    links = {(ids[int(s)], ids[int(b)]): float(rng.integers(1, 9)) for s, b in rng.integers(0, 14, (26, 2)) if s != b}
    links |= {(ids[3], ids[3]): 2.0} if seed % 2 else {}
    net = network_of([(s, b, f, product[s]) for (s, b), f in links.items()], essential_rule="all")
    bought = sorted({(b, product[s]) for (s, b) in links if s != b})
    rows = []
    for buyer, p in bought[:: int(rng.integers(2, 5))]:
        able = [f for f in net.firm_ids if product[f] == p and f != buyer and (f, buyer) not in links]
        rows += [(f, p, buyer, float(rng.integers(1, 12))) for f in able[: int(rng.integers(1, 3))]]
    table = pd.DataFrame(rows, columns=["candidate", "product", "buyer", "flow"])
    return net, table.assign(spare=float(rng.integers(3, 30)))


def arrays(net, economy, table):
    names = zip(net.firm_ids[economy.graph.slot_buyer], net.products[economy.slot_product], strict=True)
    of = {name: k for k, name in enumerate(names)}
    slot = np.array([of[key] for key in zip(table["buyer"], table["product"], strict=True)])
    return slot, net.positions(table["candidate"]), table["flow"].to_numpy()


def stopped_pairs(net, table, least):
    """Return who stops whom when back-ups stand ready: every firm in turn, again and again, from the tables alone."""
    needs: dict = {}
    for s, b, f, p in net.links[["supplier", "buyer", "flow", "product"]].itertuples(index=False):
        if s != b:
            needs.setdefault((b, p), {})[s] = f
    asked_of = table.groupby("candidate")["flow"].sum()
    part = {f: min(1.0, table["spare"].iloc[0] / asked_of[f]) for f in asked_of.index} if len(table) else {}
    found = set()
    for firm in net.firm_ids:
        down, size = {firm}, 0
        while size < len(down):
            size = len(down)
            for (b, p), sources in needs.items():
                total = sum(sources.values())
                ready = table[(table["buyer"] == b) & (table["product"] == p)]
                spare = {c: min(f * part[c], total) for c, f in zip(ready["candidate"], ready["flow"], strict=True)}
                got = sum(f for s, f in sources.items() if s not in down)
                got += sum(f for c, f in spare.items() if c not in down)
                if got <= 1e-9 or got < least * total - 1e-9:
                    down.add(b)
        found |= {(firm, s) for s in down if s != firm}
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("least", [0.0, HALF])
def test_it_equals_the_whole_analysis_of_the_changed_network_and_brute_force(seed, least):
    net, table = random_case(seed)
    economy = economy_of(net, spare_share=0.0)
    object.__setattr__(economy, "spare", np.full(net.n_firms, table["spare"].iloc[0]))
    points, links = Points(economy=economy, min_share=least), arrays(net, economy, table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        changed = vc.edit.with_links(net, table)
    standing = points.with_standing(*links)
    assert standing.today == vc.single_points_of_failure(net, min_share=least).points
    assert standing.after == vc.single_points_of_failure(changed, min_share=least).points
    backup = points.with_backups(*links)
    today, after = stopped_pairs(net, table.iloc[:0], least), stopped_pairs(net, table, least)
    assert (backup.today, backup.after) == (len({f for f, _ in today}), len({f for f, _ in after}))
    ids, buyers = net.firm_ids, set(table["buyer"])
    assert {(ids[f], ids[b]) for f, b in backup.gone} == {pair for pair in today - after if pair[1] in buyers}
    assert not len(backup.new)
    for buyer in buyers:
        now = set(vc.hangs_on(changed, buyer, min_share=least).table["firm"])
        before = {f for f, b in today if b == buyer}
        assert {ids[f] for f, b in standing.new if ids[b] == buyer} == now - before
        assert {ids[f] for f, b in standing.gone if ids[b] == buyer} == before - now


def test_whoever_takes_over_the_whole_need_becomes_its_single_point():
    net = network_of([("a", "b", 8.0, "q"), ("d", "z", 4.0, "q"), ("e", "z", 4.0, "q")], essential_rule="all")
    economy = economy_of(net, spare_share=5.0)
    rows = pd.DataFrame({"candidate": ["d"], "product": "q", "buyer": "b", "flow": 8.0})
    found = Points(economy=economy).with_standing(*arrays(net, economy, rows))
    assert (listed(economy, found.new), listed(economy, found.gone)) == ("d of b", "a of b")


def test_of_the_suppliers_of_an_outside_candidate_nothing_is_known():
    outside = pd.DataFrame({"firm": ["x"], "product": ["q"], "country": ["DEU"], "spare_capacity": [90.0]})
    net = vc.Network.from_tables(**{**mines().tables, "candidates": outside}, essential_rule="all")
    told = card(net, "x", scenario=failing("a"), fixed_cost=1.0, unit_cost=1.0)
    assert told["points_as_backup"] == told["points_today"] - 1
    assert any("none that is known, since of its own suppliers nothing is." in x for x in card_lines(net, told))
