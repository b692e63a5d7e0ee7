"""Malformed workbooks: sheets and the exact message each must give. Data for ``test_malformed.py``."""
# ruff: noqa: E501 - messages are what they are

from typing import Any

Sheets = dict[str, list[list[Any]] | None]
VALID: Sheets = {
    "network": [["format", 1], ["name", "Test"]],
    "firms": [["firm", "sector"], ["mill", "C10"], ["baker", "C11"]],
    "links": [["supplier", "buyer", "flow"], ["mill", "baker", 10]],
}

# Case: what differs from VALID (None: the sheet is not there), and the lines of the message.
CASES: dict[str, tuple[Sheets, tuple[str, ...]]] = {
    "unknown-buyer": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", 10], ["mill", "F17", 5]]},
        ("net.xlsx sheet links row 3: buyer 'F17' is not in firms; add it or drop the link",),
    ),
    "duplicate-firm": (
        {"firms": [["firm", "sector"], ["mill", "C10"], ["baker", "C11"], ["mill", "C12"]]},
        (
            "net.xlsx sheet firms row 4: firm 'mill' is a duplicate (first in row 2); give one of them another id, or drop the row if it is the same firm",
        ),
    ),
    "flow-negative": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", -10]]},
        ("net.xlsx sheet links row 2: flow '-10' is negative; write a number of at least 0, or drop the row",),
    ),
    "flow-text": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", "ten"]]},
        ("net.xlsx sheet links row 2: flow 'ten' is not a number; write digits without a unit, or drop the row",),
    ),
    "flow-empty": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", None]]},
        ("net.xlsx sheet links row 2: flow is empty; give the number, or drop the row",),
    ),
    "flow-error-na": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", "#N/A"]]},
        ("net.xlsx sheet links row 2: flow '#N/A' is an error of the spreadsheet; mend the formula, or drop the row",),
    ),
    "flow-error-ref": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", "#REF!"]]},
        ("net.xlsx sheet links row 2: flow '#REF!' is an error of the spreadsheet; mend the formula, or drop the row",),
    ),
    "flow-true": (
        {"links": [["supplier", "buyer", "flow"], ["mill", "baker", True]]},
        ("net.xlsx sheet links row 2: flow 'true' is not a number; write digits without a unit, or drop the row",),
    ),
    "title-above": (
        {"firms": [["Firms of the cluster", None], ["firm", "sector"], ["mill", "C10"], ["baker", "C11"]]},
        (
            "net.xlsx sheet firms row 1: is not a row of column names (a title or merged cells?); delete row 1, so that the column names in row 2 come first",
        ),
    ),
    "column-missing": (
        {"firms": [["firm", "name"], ["mill", "Mill"], ["baker", "Baker"]]},
        ("net.xlsx sheet firms row 1: column 'sector' is missing; add this column (columns found: 'firm', 'name')",),
    ),
    "column-misspelt": (
        {"links": [["suplier", "buyer", "flow"], ["mill", "baker", 10]]},
        ("net.xlsx sheet links row 1: column 'supplier' is missing; rename 'suplier' to 'supplier'",),
    ),
    "column-twice": (
        {"links": [["supplier", "buyer", "flow", "flow"], ["mill", "baker", 10, 10]]},
        ("net.xlsx sheet links row 1: column 'flow' is there more than once; keep one of them",),
    ),
    "column-nameless": (
        {"firms": [["firm", "sector", None], ["mill", "C10", "Riga"], ["baker", "C11", None]]},
        ("net.xlsx sheet firms row 1: column C has cells but no name; name it in row 1, or delete it",),
    ),
    "links-missing": (
        {"links": None},
        (
            "net.xlsx: has no sheet 'links'; add a sheet of that name with one row for each supply link: who buys what from whom (other sheets found: none)",
        ),
    ),
    "links-misspelt": (
        {"link": [["supplier", "buyer", "flow"], ["mill", "baker", 10]], "links": None},
        ("net.xlsx: has no sheet 'links'; rename sheet 'link' to 'links'",),
    ),
    "firms-empty": (
        {"firms": []},
        (
            "net.xlsx sheet firms: is empty; write the column names (firm, sector) into row 1, and one row for each firm",
        ),
    ),
    "firms-no-rows": (
        {"firms": [["firm", "sector"]]},
        ("net.xlsx sheet firms: has no rows; add one row for each firm",),
    ),
    "class-unknown": (
        {"essential": [["input", "buyer_sector", "class"], ["C10", "C11", 3]]},
        ("net.xlsx sheet essential row 2: class '3' is not a known class; write 0, 1 or 2",),
    ),
    "country-unknown": (
        {"firms": [["firm", "sector", "country"], ["mill", "C10", "LVX"], ["baker", "C11", "DE"]]},
        (
            "net.xlsx sheet firms row 2: country 'LVX' is not a country code; use an ISO 3166-1 code such as LVA or leave the cell empty",
        ),
    ),
    "capacity-below-output": (
        {"firms": [["firm", "sector", "output", "capacity"], ["mill", "C10", 100, 80], ["baker", "C11", 5, 5]]},
        (
            "net.xlsx sheet firms row 2: capacity '80' is below the output of 100; raise the capacity to at least the output, or leave it empty if it is not known",
        ),
    ),
    "confidence-outside": (
        {"links": [["supplier", "buyer", "flow", "confidence"], ["mill", "baker", 10, 80]]},
        ("net.xlsx sheet links row 2: confidence '80' is outside 0..1; write a number from 0 to 1",),
    ),
    "format-2": (
        {"network": [["format", 2], ["name", "Test"]]},
        ("net.xlsx sheet network: format '2' is not supported; write 1, or use a newer version of valuechain",),
    ),
    "name-missing": ({"network": [["format", 1]]}, ('net.xlsx sheet network: name is missing; add name = "..."',)),
    "several-sheets": (
        {
            "firms": [["firm", "sector"], ["mill", "C10"], ["baker", "C11"], ["mill", "C12"]],
            "links": [["supplier", "buyer", "flow"], ["mill", "bakr", -1]],
        },
        (
            "net.xlsx sheet firms row 4: firm 'mill' is a duplicate (first in row 2); give one of them another id, or drop the row if it is the same firm",
            "net.xlsx sheet links row 2: flow '-1' is negative; write a number of at least 0, or drop the row",
            "net.xlsx sheet links row 2: buyer 'bakr' is not in firms; did you mean 'baker'? Else add it or drop the link",
        ),
    ),
}
