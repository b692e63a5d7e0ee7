"""Make the invented network `baltic_mobility` from `recipe.toml`.

The recipe says what kinds of maker there are, where they sit and what each needs per unit of output. This script draws
the firms, lets every buyer choose suppliers (large and near ones first), solves for the outputs that meet the demand
from outside, x = A x + f, and writes the tables. A fixed seed makes every run give the same files:

    python build.py
"""

import csv
import math
import tomllib
from datetime import date, timedelta
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED = 20250
DISTANCE_SCALE_KM = 450.0
ESSENTIAL = 2
SMALL_OUTPUT, LARGE_OUTPUT = 3000.0, 40000.0  # kEUR a year
NAME_ENDINGS = ["a", "is", "or", "en", "um", "ex", "ia", "on", "ur", "il", "ent", "ov"]
TAGS = ["family-owned", "iso9001", "exporter", "start-up", "iso14001"]


def pareto_size(rng, typical):
    """Draw a heavy-tailed size: many small firms, a few very large ones."""
    draw = 0.45 * (1.0 - rng.random()) ** (-1.0 / 1.25)
    return typical * min(draw, 25.0)


def choose_town(rng, towns):
    """Choose a town by weight, as region, latitude, longitude."""
    weights = np.array([town[3] for town in towns], dtype=float)
    return towns[rng.choice(len(towns), p=weights / weights.sum())]


def place_firms(rng, recipe):
    """Draw every firm with its kind of maker, country, region and size; planted firms keep their ids and places."""
    countries = recipe["country"]
    firms = []
    for maker in recipe["makers"]["list"]:
        allowed = maker.get("countries", list(countries))
        shares = np.array([countries[c]["share"] for c in allowed])
        fixed = [p for p in recipe["planted"]["list"] if p["product"] == maker["product"]]
        for index in range(maker["firms"]):
            country = str(rng.choice(allowed, p=shares / shares.sum()))
            towns = countries[country]["towns"]
            planted = fixed[index] if fixed else {}
            if index < maker.get("home_firms", 0) or planted:
                home = [planted["region"]] if planted else maker["home"]
                country = next(c for c, v in countries.items() if home[0].startswith(v["prefix"]))
                towns = [t for t in countries[country]["towns"] if t[0] in home]
            region, latitude, longitude, _ = choose_town(rng, towns)
            size = maker["size"] if planted else pareto_size(rng, maker["size"])
            firm = {"maker": maker, "planted": planted, "country": country, "region": region, "size": size}
            firm |= {"makes": [maker["product"], *maker.get("also", [])], "sector": maker["sector"], "kind": "firm"}
            firm["latitude"] = round(latitude + rng.normal(0.0, 0.04), 4)
            firm["longitude"] = round(longitude + rng.normal(0.0, 0.06), 4)
            firms.append(firm)
    return firms


def name_firms(rng, firms, recipe):
    """Give ids out of order (country prefix and a shuffled number) and names that no real company bears."""
    used = set()
    planted = {firm["planted"].get("firm") for firm in firms}
    for code, country in recipe["country"].items():
        here = [firm for firm in firms if firm["country"] == code]
        numbers = [f"{country['prefix']}-{n:03d}" for n in range(1, int(1.5 * len(here)) + 2)]
        numbers = [number for number in numbers if number not in planted]
        rng.shuffle(numbers)
        for firm, number in zip(here, numbers, strict=False):
            firm["firm"] = firm["planted"].get("firm", number)
            name = ""
            while not name or name in used:
                root = rng.choice(country["roots"]) + rng.choice(NAME_ENDINGS)
                name = f"{root} {firm['maker']['name']} (invented)"
            firm["name"] = name
            used.add(name)


def distance_km(one, other):
    """Measure the distance, flat approximation (good enough around one sea)."""
    middle = math.radians((one["latitude"] + other["latitude"]) / 2)
    north = 111.2 * (one["latitude"] - other["latitude"])
    east = 111.2 * math.cos(middle) * (one["longitude"] - other["longitude"])
    return math.hypot(north, east)


def pull_of(supplier, buyer):
    """Weigh a supplier for a buyer: large and near ones first."""
    return supplier["size"] ** 0.6 * math.exp(-distance_km(supplier, buyer) / DISTANCE_SCALE_KM)


def wanted_inputs(rng, firm, common):
    """List product -> (share of output, class) as this firm reports it; lesser inputs are not always reported."""
    wanted = {}
    for product, (share, essential) in firm["maker"]["inputs"].items():
        if essential == ESSENTIAL or rng.random() < 0.6:
            wanted[product] = (share * rng.uniform(0.8, 1.2), essential)
    if firm["maker"]["family"] in common["families"]:
        for product, (share, essential) in common["inputs"].items():
            if rng.random() < common["chance"]:
                wanted.setdefault(product, (share, essential))
    return wanted


def choose_suppliers(rng, firms, recipe):
    """Choose suppliers: shares of the buyer's output by (supplier, buyer, product)."""
    sellers_of = {}
    least = {}
    for position, firm in enumerate(firms):
        product = firm["maker"]["product"]
        least[product] = max(least.get(product, 1), firm["maker"].get("sources", 1))
        for product in firm["makes"]:
            sellers_of.setdefault(product, []).append(position)
    rank = np.argsort(np.argsort([firm["size"] for firm in firms])) / len(firms)
    shares = {}
    for buyer, firm in enumerate(firms):
        trader = "also" in firm["maker"]
        for product, (share, _) in wanted_inputs(rng, firm, recipe["common"]).items():
            sellers = [s for s in sellers_of[product] if s != buyer and not (trader and "also" in firms[s]["maker"])]
            pull = np.array([pull_of(firms[s], firm) for s in sellers])
            count = max(least[product], 1 + rng.binomial(2, 0.40 * rank[buyer] ** 2))
            count = min(count, len(sellers))
            chosen = rng.choice(len(sellers), size=count, replace=False, p=pull / pull.sum())
            split = rng.dirichlet(np.full(count, 3.0))
            for seller, part in zip(chosen, split, strict=True):
                shares[sellers[seller], buyer, product] = share * max(part, 0.02)
    find_buyers_for_the_idle(rng, firms, shares)
    return shares


def find_buyers_for_the_idle(rng, firms, shares):
    """Make a maker that nobody chose one more supplier of some buyer of its product."""
    busy = {supplier for supplier, _, _ in shares}
    for supplier, firm in enumerate(firms):
        product = firm["makes"][0]
        slots = sorted({(b, p) for _, b, p in shares if p == product and firms[b]["makes"][0] != product})
        if supplier in busy or not slots:
            continue
        buyer, _ = slots[rng.integers(len(slots))]
        present = [key for key in shares if key[1:] == (buyer, product)]
        for key in present:
            shares[key] *= 0.75
        shares[supplier, buyer, product] = sum(shares[key] for key in present) / 3.0


def solve_flows(rng, firms, shares):
    """Solve x = A x + f, then form rounded flows, final demand and outputs that add up exactly."""
    count = len(firms)
    coefficient = np.zeros((count, count))
    for (supplier, buyer, _), share in shares.items():
        coefficient[supplier, buyer] += share
    outside = np.array([firm["size"] * firm["maker"]["outside"] * rng.uniform(0.8, 1.2) for firm in firms])
    output = np.linalg.solve(np.eye(count) - coefficient, outside)
    flows = {key: max(round(share * output[key[1]], 1), 1.0) for key, share in shares.items()}
    for position, firm in enumerate(firms):
        firm["final_demand"] = round(float(outside[position]), 1)
        firm["sales"] = sum(flow for key, flow in flows.items() if key[0] == position)
        firm["purchases"] = sum(flow for key, flow in flows.items() if key[1] == position)
        firm["output"] = round(firm["sales"] + firm["final_demand"], 1)
    return flows


def known(rng, value, chance):
    """Return the value, or an empty cell where the firm did not say (unknown is never 0)."""
    return value if rng.random() < chance else ""


def complete_firm(rng, firm):
    """Fill in money, stocks, recovery and people of one firm; small firms leave more cells empty."""
    told = 0.65 if firm["output"] < SMALL_OUTPUT else 0.92
    output, maker, planted = firm["output"], firm["maker"], firm["planted"]
    revenue = round(output * (1.0 + rng.exponential(0.03)), 1)
    costs = round(firm["purchases"] + (revenue - firm["purchases"]) * rng.uniform(0.70, 0.97), 1)
    firm["revenue"] = known(rng, revenue, told)
    firm["costs"] = known(rng, costs, told)
    firm["capacity"] = known(rng, math.ceil(output * rng.uniform(1.03, 1.40)), told)
    stock = max(2, round(maker["stock"] * rng.uniform(0.6, 1.5))) if maker["stock"] else ""
    firm["stock_days"] = planted.get("stock_days", stock and known(rng, stock, told))
    firm["initial_stock_days"] = ""
    if firm["stock_days"] != "":
        firm["initial_stock_days"] = known(rng, round(firm["stock_days"] * rng.uniform(0.5, 1.2), 1), 0.25)
    recovery = int(rng.integers(2, 10) if not maker["stock"] else rng.gamma(3.0, 20.0) + 7)
    firm["recovery_days"] = planted.get("recovery_days", known(rng, recovery, told - 0.15))
    firm["owner"] = planted.get("owner", "")
    firm["employees"] = known(rng, max(1, round(output / rng.uniform(110.0, 260.0))), told)
    size_tag = "sme" if output < LARGE_OUTPUT else "large"
    firm["tags"] = ", ".join(["synthetic", size_tag, *rng.choice(TAGS, rng.integers(0, 3), replace=False)])


def form_groups(rng, firms, recipe):
    """Form owner groups over at least two countries; the planted group is left alone."""
    low, high = recipe["owners"]["sizes"]
    for group in recipe["owners"]["names"]:
        free = [firm for firm in firms if not firm["owner"] and not firm["planted"]]
        members, wanted = [], int(rng.integers(low, high + 1))
        while len(members) < wanted or len({firm["country"] for firm in members}) < 2:
            members = [free[i] for i in rng.choice(len(free), size=wanted, replace=False)]
        for firm in members:
            firm["owner"] = group


def transport(rng, routes, supplier, buyer, product):
    """Choose mode, route and lead time of a delivery."""
    if product in routes["service_modes"]:
        return routes["service_modes"][product], "", ""
    pair = "-".join(sorted([supplier["country"], buyer["country"]]))
    mode, route = ("sea", routes["sea"][pair]) if pair in routes["sea"] else ("road", routes["road"].get(pair, ""))
    if mode == "road" and product in ("steel", "scrap_metal") and rng.random() < 0.4:
        mode = "rail"
    lead = supplier["maker"]["stock"] / 4 + distance_km(supplier, buyer) / 300 + (4 if mode == "sea" else 1)
    return mode, route, known(rng, max(1, round(lead * rng.uniform(0.7, 1.5))), 0.8)


def describe_links(rng, firms, flows, recipe):
    """Describe the links: rows of links.csv, shuffled."""
    rows = []
    for (supplier, buyer, product), flow in flows.items():
        mode, route, lead = transport(rng, recipe["routes"], firms[supplier], firms[buyer], product)
        status = str(rng.choice(["declared", "validated", "inferred"], p=[0.5, 0.2, 0.3]))
        low, high = {"declared": (0.7, 0.95), "validated": (0.95, 1.0), "inferred": (0.3, 0.75)}[status]
        told = date(2024, 1, 8) + timedelta(days=int(rng.integers(0, 700)))
        confidence = known(rng, round(rng.uniform(low, high), 2), 0.9)
        row = [firms[supplier]["firm"], firms[buyer]["firm"], product, f"{flow:.1f}", lead, mode, route]
        rows.append([*row, status, confidence, "invented", told.isoformat()])
    rng.shuffle(rows)
    return rows


def essential_rows(recipe):
    """List input, sector of the buyer, class: the highest class that any maker of the sector gives the input."""
    classes = {}
    for maker in recipe["makers"]["list"]:
        for product, (_, essential) in maker["inputs"].items():
            key = product, maker["sector"]
            classes[key] = max(essential, classes.get(key, 0))
    goods = {m["sector"] for m in recipe["makers"]["list"] if m["family"] in recipe["common"]["families"]}
    for sector in goods:
        classes.setdefault(("engineering_service", sector), 0)
    rows = [[product, sector, essential] for (product, sector), essential in classes.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def product_rows(recipe):
    """List products with their parents (the families of makers)."""
    makers = [m for m in recipe["makers"]["list"] if "also" not in m]
    families = dict.fromkeys(m["family"] for m in makers)
    rows = [[m["product"], m["product"].replace("_", " ").capitalize(), m.get("hs", ""), m["family"]] for m in makers]
    return [[family, family.capitalize(), "", ""] for family in families] + rows


def cluster_rows(recipe):
    """List the clusters, with addresses that lead nowhere."""
    rows = [[c["cluster"], c["name"], c["country"], c["region"]] for c in recipe["clusters"]["list"]]
    return [[*row, f"https://example.org/{row[0].lower()}"] for row in rows]


def member_rows(rng, firms, recipe):
    """Draw overlapping memberships: fitting firms join a cluster by chance; the largest is its anchor."""
    rows = []
    for cluster in recipe["clusters"]["list"]:
        near = [f for f in firms if f["country"] in cluster["countries"]]
        fitting = [f for f in near if f["maker"]["family"] in cluster["families"] and rng.random() < cluster["share"]]
        anchor = max(fitting, key=lambda firm: firm["output"])
        for firm in fitting:
            service = firm["maker"]["family"] == "services"
            role = "anchor" if firm is anchor else "service provider" if service else "member"
            rows.append([firm["firm"], cluster["cluster"], role])
    rng.shuffle(rows)
    return rows


def candidate_rows(rng, recipe):
    """Draw outside firms that could supply; unit_cost is relative to today's price (1 = the same)."""
    makers = {m["product"]: m for m in reversed(recipe["makers"]["list"])}
    rows = []
    numbers = rng.permutation(np.arange(100, 200))
    for number, candidate in zip(numbers, recipe["candidates"]["list"], strict=False):
        product, country, region, latitude, longitude, owner = candidate
        maker = makers[product]
        spare = round(maker["size"] * rng.uniform(0.1, 0.6))
        capacity = round(spare * rng.uniform(2.0, 6.0))
        unit_cost = round(rng.uniform(0.95, 1.30), 2)
        fixed_cost = known(rng, round(spare * rng.uniform(0.01, 0.06)), 0.8)
        recovery = known(rng, int(rng.integers(20, 160)), 0.7)
        name = f"Outsider {number} {maker['name']} (invented)"
        row = [f"X-{number}", product, country, name, maker["sector"], region, latitude, longitude, capacity]
        rows.append([*row, spare, unit_cost, fixed_cost, recovery, owner, "synthetic, outside"])
    rng.shuffle(rows)
    return rows


def exchange_rows(rng, firms, flows, recipe, kind):
    """List needs (by the buyers of a product) or offers (by its makers), by rank of the amount bought or made."""
    rows = []
    for product, quantity, unit, priority, rank in recipe[kind]["list"]:
        amounts = {}
        for (supplier, buyer, bought), flow in flows.items():
            if bought == product:
                position = buyer if kind == "needs" else supplier
                amounts[position] = amounts.get(position, 0.0) + flow
        order = sorted(amounts, key=lambda position: -amounts[position])
        firm = firms[order[rank - 1]]
        start = date(2025, 9, 1) + timedelta(days=int(rng.integers(0, 60)))
        until = start + timedelta(days=int(rng.integers(30, 180)))
        row = [firm["firm"], product, quantity, unit, start.isoformat(), until.isoformat(), firm["region"]]
        rows.append([*row[:4], priority, *row[4:]] if kind == "needs" else row)
    return rows


def write_table(recipe, name, rows):
    """Write one CSV file: UTF-8, comma, LF."""
    with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(recipe["columns"][name].split())
        writer.writerows(rows)


def main():
    """Read the recipe, make the network, write the tables."""
    rng = np.random.default_rng(SEED)
    recipe = tomllib.loads((HERE / "recipe.toml").read_text(encoding="utf-8"))
    firms = place_firms(rng, recipe)
    name_firms(rng, firms, recipe)
    flows = solve_flows(rng, firms, choose_suppliers(rng, firms, recipe))
    for firm in firms:
        complete_firm(rng, firm)
    form_groups(rng, firms, recipe)
    shuffled = [firms[i] for i in rng.permutation(len(firms))]
    tables = {
        "firms": [[firm[column] for column in recipe["columns"]["firms"].split()] for firm in shuffled],
        "links": describe_links(rng, firms, flows, recipe),
        "essential": essential_rows(recipe),
        "products": product_rows(recipe),
        "clusters": cluster_rows(recipe),
        "members": member_rows(rng, firms, recipe),
        "candidates": candidate_rows(rng, recipe),
        "needs": exchange_rows(rng, firms, flows, recipe, "needs"),
        "offers": exchange_rows(rng, firms, flows, recipe, "offers"),
    }
    for name, rows in tables.items():
        write_table(recipe, name, rows)


if __name__ == "__main__":
    main()
