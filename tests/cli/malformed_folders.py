"""Malformed folders: files and the exact message each must give. Data for ``test_malformed.py``."""
# ruff: noqa: E501, RUF001 - messages are what they are

TOML = 'format = 1\nname = "Test"\n'
FIRMS = "firm,sector\nmill,C10\nbaker,C11\n"
LINKS = "supplier,buyer,flow\nmill,baker,10\n"
VALID: dict[str, str | bytes] = {"network.toml": TOML, "firms.csv": FIRMS, "links.csv": LINKS}

# Case: what differs from VALID (None: the file is not there), and the lines of the message.
CASES: dict[str, tuple[dict[str, str | bytes | None], tuple[str, ...]]] = {
    "unknown-buyer": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,10\nmill,F17,5\n"},
        ("links.csv row 3: buyer 'F17' is not in firms; add it or drop the link",),
    ),
    "unknown-buyer-close": (
        {"links.csv": "supplier,buyer,flow\nmill,bakr,10\n"},
        ("links.csv row 2: buyer 'bakr' is not in firms; did you mean 'baker'? Else add it or drop the link",),
    ),
    "unknown-supplier-case": (
        {"links.csv": "supplier,buyer,flow\nMILL,baker,10\n"},
        ("links.csv row 2: supplier 'MILL' is not in firms; did you mean 'mill'? Else add it or drop the link",),
    ),
    "unknown-both-ends": (
        {"links.csv": "supplier,buyer,flow\nX1,X2,10\n"},
        (
            "links.csv row 2: supplier 'X1' is not in firms; add it or drop the link",
            "links.csv row 2: buyer 'X2' is not in firms; add it or drop the link",
        ),
    ),
    "unknown-member": (
        {"clusters.csv": "cluster,name\nfood,Food\n", "members.csv": "firm,cluster\nmil,food\n"},
        ("members.csv row 2: firm 'mil' is not in firms; did you mean 'mill'? Else add it or drop the row",),
    ),
    "unknown-firm-in-needs": (
        {"needs.csv": "firm,product,quantity,unit\nzzz,flour,5,t\n"},
        ("needs.csv row 2: firm 'zzz' is not in firms; add it or drop the row",),
    ),
    "unknown-firm-in-offers": (
        {"offers.csv": "firm,product,quantity,unit\nbakery,flour,5,t\n"},
        ("offers.csv row 2: firm 'bakery' is not in firms; did you mean 'baker'? Else add it or drop the row",),
    ),
    "duplicate-firm": (
        {"firms.csv": "firm,sector\nmill,C10\nbaker,C11\nmill,C10\n"},
        (
            "firms.csv row 4: firm 'mill' is a duplicate (first in row 2); give one of them another id, or drop the row if it is the same firm",
        ),
    ),
    "duplicate-firm-blank-line": (
        {"firms.csv": "firm,sector\nmill,C10\n\nbaker,C11\n\n mill ,C10\n"},
        (
            "firms.csv row 6: firm 'mill' is a duplicate (first in row 2); give one of them another id, or drop the row if it is the same firm",
        ),
    ),
    "duplicate-cluster": (
        {"clusters.csv": "cluster,name\nfood,Food\nfood,Feed\n"},
        ("clusters.csv row 3: cluster 'food' is a duplicate (first in row 2); keep one of the rows",),
    ),
    "duplicate-product": (
        {"products.csv": "product,name\nflour,Flour\nflour,Flour\n"},
        ("products.csv row 3: product 'flour' is a duplicate (first in row 2); keep one of the rows",),
    ),
    "duplicate-essential": (
        {"essential.csv": "input,buyer_sector,class\nC10,C11,2\nC10,C11,1\n"},
        (
            "essential.csv row 3: input / buyer_sector 'C10 / C11' is a duplicate (first in row 2); keep one of the rows",
        ),
    ),
    "duplicate-candidate": (
        {"candidates.csv": "firm,product,country\nnew,flour,LVA\nnew,flour,LVA\n"},
        ("candidates.csv row 3: firm / product 'new / flour' is a duplicate (first in row 2); keep one of the rows",),
    ),
    "candidate-is-a-firm": (
        {"candidates.csv": "firm,product,country\nmill,flour,LVA\n"},
        (
            "candidates.csv row 2: firm 'mill' is already in firms; candidates are outside firms: drop the row or give it another id",
        ),
    ),
    "flow-negative": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,-10\n"},
        ("links.csv row 2: flow '-10' is negative; write a number of at least 0, or drop the row",),
    ),
    "flow-text": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,ten\n"},
        ("links.csv row 2: flow 'ten' is not a number; write digits without a unit, or drop the row",),
    ),
    "flow-infinite": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,inf\n"},
        ("links.csv row 2: flow 'inf' is infinite; write the number, or drop the row",),
    ),
    "flow-minus-infinity": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,-Infinity\n"},
        ("links.csv row 2: flow '-Infinity' is infinite; write the number, or drop the row",),
    ),
    "flow-nan": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,NaN\n"},
        ("links.csv row 2: flow 'NaN' counts as not known; give the number, or drop the row",),
    ),
    "flow-empty": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,\n"},
        ("links.csv row 2: flow is empty; give the number, or drop the row",),
    ),
    "flow-too-large": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,1e300\n"},
        ("links.csv row 2: flow '1e300' is too large; count in a larger unit, such as MEUR",),
    ),
    "flow-overflows": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,1e999\n"},
        ("links.csv row 2: flow '1e999' is infinite; write the number, or drop the row",),
    ),
    "flow-with-unit": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,10 MEUR\n"},
        ("links.csv row 2: flow '10 MEUR' is not a number; write digits without a unit, or drop the row",),
    ),
    "flow-excel-na": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,#N/A\n"},
        ("links.csv row 2: flow '#N/A' is an error of the spreadsheet; mend the formula, or drop the row",),
    ),
    "flow-formula": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,=A1*2\n"},
        ("links.csv row 2: flow '=A1*2' is a formula, not a number; write its value, or drop the row",),
    ),
    "flow-ambiguous": (
        {"firms.csv": "firm;sector\nmill;C10\nbaker;C11\n", "links.csv": "supplier;buyer;flow\nmill;baker;1.234\n"},
        (
            'links.csv row 2: flow \'1.234\' can be read as thousands or as a fraction; say which by decimal = "," or decimal = "." in network.toml',
        ),
    ),
    "flow-both-signs": (
        {"links.csv": "supplier;buyer;flow\nmill;baker;1,5\nbaker;mill;2.5\n"},
        (
            "links.csv row 3: flow '2.5' is not a number with the decimal sign ',' of this file; use one sign in the whole file",
        ),
    ),
    "flow-comma-unquoted": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,1,5\n"},
        (
            "links.csv row 2: has more cells than the header (4, not 3); put cells that contain ',' (a decimal comma, too) in quotes, or delete what is too much",
        ),
    ),
    "supplier-empty": (
        {"links.csv": "supplier,buyer,flow\n,baker,5\n"},
        ("links.csv row 2: supplier is empty; give the supplier, or drop the row",),
    ),
    "firm-id-empty": (
        {"firms.csv": "firm,sector\nmill,C10\nbaker,C11\n,C12\n"},
        ("firms.csv row 4: firm is empty; give the firm, or drop the row",),
    ),
    "sector-empty": (
        {"firms.csv": "firm,sector\nmill,C10\nbaker,\n"},
        ("firms.csv row 3: sector is empty; give the sector, or drop the row",),
    ),
    "capacity-below-output": (
        {"firms.csv": "firm,sector,output,capacity\nmill,C10,100,80\nbaker,C11,50,50\n"},
        (
            "firms.csv row 2: capacity '80' is below the output of 100; raise the capacity to at least the output, or leave it empty if it is not known",
        ),
    ),
    "output-negative": (
        {"firms.csv": "firm,sector,output\nmill,C10,-1\nbaker,C11,5\n"},
        (
            "firms.csv row 2: output '-1' is negative; write a number of at least 0, or leave the cell empty if it is not known",
        ),
    ),
    "country-unknown": (
        {"firms.csv": "firm,sector,country\nmill,C10,LVX\nbaker,C11,DE\n"},
        (
            "firms.csv row 2: country 'LVX' is not a country code; use an ISO 3166-1 code such as LVA or leave the cell empty",
        ),
    ),
    "country-name": (
        {"firms.csv": "firm,sector,country\nmill,C10,Latvia\nbaker,C11,DE\n"},
        ("firms.csv row 2: country 'Latvia' is not a country code; use 'LVA'",),
    ),
    "kind-unknown": (
        {"firms.csv": "firm,sector,kind\nmill,C10,company\nbaker,C11,firm\n"},
        ("firms.csv row 2: kind 'company' is not a known kind; write firm, industry or facility",),
    ),
    "latitude-outside": (
        {"firms.csv": "firm,sector,latitude,longitude\nmill,C10,91,24\nbaker,C11,56.9,181\n"},
        (
            "firms.csv row 2: latitude '91' is outside -90..90; write a number from -90 to 90 degrees north",
            "firms.csv row 3: longitude '181' is outside -180..180; write a number from -180 to 180 degrees east",
        ),
    ),
    "stock-days-negative": (
        {"firms.csv": "firm,sector,stock_days\nmill,C10,-3\nbaker,C11,5\n"},
        (
            "firms.csv row 2: stock_days '-3' is negative; write a number of at least 0, or leave the cell empty if it is not known",
        ),
    ),
    "confidence-outside": (
        {"links.csv": "supplier,buyer,flow,confidence\nmill,baker,10,1.2\n"},
        ("links.csv row 2: confidence '1.2' is outside 0..1; write a number from 0 to 1",),
    ),
    "confidence-percent": (
        {"links.csv": "supplier,buyer,flow,confidence\nmill,baker,10,80%\n"},
        (
            "links.csv row 2: confidence '80%' is not a number; write digits without a unit, or leave the cell empty if it is not known",
        ),
    ),
    "status-unknown": (
        {"links.csv": "supplier,buyer,flow,status\nmill,baker,10,guessed\n"},
        ("links.csv row 2: status 'guessed' is not a known status; write declared, validated, inferred or candidate",),
    ),
    "date-impossible": (
        {"links.csv": "supplier,buyer,flow,date\nmill,baker,10,2025-02-30\n"},
        ("links.csv row 2: date '2025-02-30' is not a date; write it as YYYY-MM-DD, such as 2025-03-31, or as a year",),
    ),
    "date-european": (
        {"links.csv": "supplier,buyer,flow,date\nmill,baker,10,31.3.2025\n"},
        ("links.csv row 2: date '31.3.2025' is not a date; write it as YYYY-MM-DD, such as 2025-03-31, or as a year",),
    ),
    "class-unknown": (
        {"essential.csv": "input,buyer_sector,class\nC10,C11,3\n"},
        ("essential.csv row 2: class '3' is not a known class; write 0, 1 or 2",),
    ),
    "class-word": (
        {"essential.csv": "input,buyer_sector,class\nC10,C11,essential\n"},
        ("essential.csv row 2: class 'essential' is not a number; write 0, 1 or 2",),
    ),
    "class-empty": (
        {"essential.csv": "input,buyer_sector,class\nC10,C11,\n"},
        ("essential.csv row 2: class is empty; give the number, or drop the row",),
    ),
    "quantity-text": (
        {"needs.csv": "firm,product,quantity,unit\nmill,wheat,many,t\n"},
        ("needs.csv row 2: quantity 'many' is not a number; write digits without a unit, or drop the row",),
    ),
    "unit-missing": (
        {"offers.csv": "firm,product,quantity\nmill,flour,5\n"},
        ("offers.csv row 1: column 'unit' is missing; add this column (columns found: 'firm', 'product', 'quantity')",),
    ),
    "candidate-country-empty": (
        {"candidates.csv": "firm,product,country\nnew,flour,\n"},
        ("candidates.csv row 2: country is empty; give the country, or drop the row",),
    ),
    "firms-no-rows": ({"firms.csv": "firm,sector\n"}, ("firms.csv: has no rows; add one row for each firm",)),
    "links-no-rows": (
        {"links.csv": "supplier,buyer,flow\n,,\n"},
        ("links.csv: has no rows; add one row for each supply link: who buys what from whom",),
    ),
    "firms-empty-file": (
        {"firms.csv": ""},
        ("firms.csv: is empty; write the column names (firm, sector) into row 1, and one row for each firm",),
    ),
    "links-only-blanks": (
        {"links.csv": "\n\n  \n"},
        (
            "links.csv: is empty; write the column names (supplier, buyer, flow) into row 1, and one row for each supply link: who buys what from whom",
        ),
    ),
    "title-above": (
        {"firms.csv": "Firms of the food cluster,\nfirm,sector\nmill,C10\nbaker,C11\n"},
        (
            "firms.csv row 1: is not a row of column names (a title or merged cells?); delete row 1, so that the column names in row 2 come first",
        ),
    ),
    "two-titles-above": (
        {"firms.csv": "Food cluster;;\n;;\nfirm;sector;name\nmill;C10;Mill\nbaker;C11;Baker\n"},
        (
            "firms.csv row 1: is not a row of column names (a title or merged cells?); delete rows 1 to 2, so that the column names in row 3 come first",
        ),
    ),
    "merged-header": (
        {"links.csv": "Who,,Value\nsupplier,buyer,flow\nmill,baker,10\n"},
        (
            "links.csv row 1: is not a row of column names (a title or merged cells?); delete row 1, so that the column names in row 2 come first",
        ),
    ),
    "merged-header-only": (
        {"links.csv": "Links of 2024,,,\nmill,baker,10,x\n"},
        (
            "links.csv row 1: is not a row of column names (a title or merged cells?); write the column names (supplier, buyer, flow) into row 1",
        ),
    ),
    "no-header": (
        {"links.csv": "mill,baker,10\nbaker,mill,5\n"},
        (
            "links.csv row 1: is not a row of column names, but data; put the column names (supplier, buyer, flow) above it",
        ),
    ),
    "column-missing": (
        {"firms.csv": "firm,name\nmill,Mill\nbaker,Baker\n"},
        ("firms.csv row 1: column 'sector' is missing; add this column (columns found: 'firm', 'name')",),
    ),
    "column-misspelt": (
        {"links.csv": "suplier,buyer,flow\nmill,baker,10\n"},
        ("links.csv row 1: column 'supplier' is missing; rename 'suplier' to 'supplier'",),
    ),
    "columns-all-missing": (
        {"links.csv": "from,to,value\nmill,baker,10\n"},
        (
            "links.csv row 1: column 'supplier' is missing; add this column (columns found: 'from', 'to', 'value')",
            "links.csv row 1: column 'buyer' is missing; add this column (columns found: 'from', 'to', 'value')",
            "links.csv row 1: column 'flow' is missing; add this column (columns found: 'from', 'to', 'value')",
        ),
    ),
    "column-twice": (
        {"links.csv": "supplier,buyer,flow,Flow\nmill,baker,10,10\n"},
        ("links.csv row 1: column 'flow' is there more than once; keep one of them",),
    ),
    "column-nameless": (
        {"firms.csv": "firm,sector,\nmill,C10,Riga\nbaker,C11,\n"},
        ("firms.csv row 1: column C has cells but no name; name it in row 1, or delete it",),
    ),
    "column-name-control": (
        {"firms.csv": "firm,sector,a\x07b\nmill,C10,1\nbaker,C11,2\n"},
        ("firms.csv row 1: 'a\\x07b' is a column name with a control character; retype it",),
    ),
    "row-too-long": (
        {"firms.csv": "firm,sector\nmill,C10,extra\nbaker,C11\n"},
        (
            "firms.csv row 2: has more cells than the header (3, not 2); put cells that contain ',' (a decimal comma, too) in quotes, or delete what is too much",
        ),
    ),
    "row-too-short": (
        {"links.csv": "supplier,buyer,flow\nmill,baker\n"},
        ("links.csv row 2: flow is empty; give the number, or drop the row",),
    ),
    "quote-unclosed": (
        {"firms.csv": 'firm,sector,name\nmill,C10,"Mill\nbaker,C11,Baker\n'},
        (
            'firms.csv row 2: has a quote (") that is not closed, or text after a closing quote; close it; a quote inside a quoted cell is written twice ("")',
        ),
    ),
    "quote-stray": (
        {"firms.csv": 'firm,sector,name\nmill,C10,"Mill" Ltd\nbaker,C11,Baker\n'},
        (
            'firms.csv row 2: has a quote (") that is not closed, or text after a closing quote; close it; a quote inside a quoted cell is written twice ("")',
        ),
    ),
    "quoted-newline-counts-once": (
        {"firms.csv": 'firm,sector,name\nmill,C10,"Mill\nRiga"\nbaker,C11,B\n,C12,x\n'},
        ("firms.csv row 4: firm is empty; give the firm, or drop the row",),
    ),
    "sep-line-not-counted": (
        {"links.csv": "sep=;\nsupplier;buyer;flow\nmill;baker;x\n"},
        ("links.csv row 2: flow 'x' is not a number; write digits without a unit, or drop the row",),
    ),
    "wrong-encoding": (
        {"firms.csv": b"firm,sector,name\nmill,C10,M\x81ller\nbaker,C11,B\n"},
        (
            "firms.csv row 2: has the wrong encoding (byte 0x81 is neither UTF-8 nor Windows-1252); open it in the program it comes from and save it as CSV UTF-8",
        ),
    ),
    "utf16-without-mark": (
        {
            "firms.csv": b"f\x00i\x00r\x00m\x00,\x00s\x00e\x00c\x00t\x00o\x00r\x00\n\x00m\x00i\x00l\x00l\x00,\x00C\x001\x000\x00\n\x00b\x00a\x00k\x00e\x00r\x00,\x00C\x001\x001\x00\n\x00"
        },
        (
            "firms.csv: has the wrong encoding (it is binary, or UTF-16 without a byte order mark); open it in the program it comes from and save it as CSV UTF-8",
        ),
    ),
    "utf16-broken": (
        {
            "firms.csv": b"\xff\xfef\x00i\x00r\x00m\x00,\x00s\x00e\x00c\x00t\x00o\x00r\x00\n\x00m\x00i\x00l\x00l\x00,\x00C\x001\x000\x00\n\x00b\x00a\x00k\x00e\x00r\x00,\x00C\x001\x001\x00\n\x00\x00"
        },
        (
            "firms.csv: starts as UTF-16 but has the wrong encoding further on; open it in the program it comes from and save it as CSV UTF-8",
        ),
    ),
    "nul-character": (
        {"firms.csv": "firm,sector\nmill,C10\nba\x00ker,C11\n"},
        (
            "firms.csv row 3: holds a NUL character, which text never does; open it in the program it comes from and save it as CSV UTF-8",
        ),
    ),
    "workbook-named-csv": (
        {"firms.csv": b"PK\x03\x04\x14\x00\x06\x00rest"},
        ("firms.csv: is an Excel workbook or another zip file, not CSV; save it as CSV UTF-8, or rename it to .xlsx",),
    ),
    "old-workbook-named-csv": (
        {"firms.csv": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
        ("firms.csv: is an old Excel workbook, not CSV; save it as CSV UTF-8",),
    ),
    "gzip-named-csv": ({"firms.csv": b"\x1f\x8b\x08\x00"}, ("firms.csv: is a gzip file, not CSV; unpack it first",)),
    "parquet-named-csv": (
        {"firms.csv": b"PAR1....PAR1"},
        ("firms.csv: is a Parquet file, not CSV; rename it to .parquet",),
    ),
    "id-control-character": (
        {"firms.csv": "firm,sector\nmi\x07ll,C10\nbaker,C11\n", "links.csv": "supplier,buyer,flow\nbaker,baker,1\n"},
        ("firms.csv row 2: firm 'mi\\x07ll' holds a control character or a line break; retype it",),
    ),
    "id-newline": (
        {"firms.csv": 'firm,sector\n"mi\nll",C10\nbaker,C11\n', "links.csv": "supplier,buyer,flow\nbaker,baker,1\n"},
        ("firms.csv row 2: firm 'mi\\x0all' holds a control character or a line break; retype it",),
    ),
    "id-escape-sequence": (
        {"links.csv": "supplier,buyer,flow\n\x1b[31mmill,baker,1\n"},
        (
            "links.csv row 2: supplier '\\x1b[31mmill' holds a control character or a line break; retype it",
            "links.csv row 2: supplier '\\x1b[31mmill' is not in firms; add it or drop the link",
        ),
    ),
    "huge-cell": (
        {"links.csv": "supplier,buyer,flow\nmill,baker," + "9x" * 500_000 + "\n"},
        (
            "links.csv row 2: flow '9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x...' is not a number; write digits without a unit, or drop the row",
        ),
    ),
    "toml-syntax": (
        {"network.toml": "format = 1\nname = Test\n"},
        ('network.toml row 2: is not TOML (invalid value, column 8); put text in quotes: name = "Test"',),
    ),
    "toml-unclosed": (
        {"network.toml": 'format = 1\nname = "Test\n'},
        ("network.toml row 2: is not TOML (illegal character '\\n', column 13); close the quotes",),
    ),
    "toml-no-equals": (
        {"network.toml": 'format = 1\nname: "Test"\n'},
        (
            "network.toml row 2: is not TOML (expected '=' after a key in a key/value pair, column 5); put = between key and value, such as name = \"My network\"",
        ),
    ),
    "toml-key-twice": (
        {"network.toml": 'format = 1\nname = "a"\nname = "b"\n'},
        ("network.toml row 3: is not TOML (cannot overwrite a value, column 11); keep one of the lines with this key",),
    ),
    "toml-not-utf8": (
        {"network.toml": b'format = 1\nname = "M\xfcller"\n'},
        ("network.toml row 2: has the wrong encoding (byte 0xfc is not UTF-8); save it as UTF-8 text",),
    ),
    "toml-bad-date": (
        {"network.toml": 'format = 1\nname = "a"\nupdated = 2024-13-01\n'},
        (
            'network.toml row 3: is not TOML (expected newline or end of document after a statement, column 15); write one key a line, text in quotes, such as name = "My network"',
        ),
    ),
    "toml-date": (
        {"network.toml": 'format = 1\nname = "a"\nupdated = 2024-12-01\n'},
        (
            "network.toml: updated '2024-12-01' cannot be stored; use text in quotes, a number, true or false, or lists and tables of these",
        ),
    ),
    "toml-nan": (
        {"network.toml": 'format = 1\nname = "a"\nfactor = nan\n'},
        (
            "network.toml: factor 'nan' cannot be stored; use text in quotes, a number, true or false, or lists and tables of these",
        ),
    ),
    "toml-deep": (
        {"network.toml": "a = " + "[" * 3000 + "\n"},
        ("network.toml: is nested too deeply; write plain lines of key = value",),
    ),
    "toml-huge-integer": (
        {"network.toml": TOML + "x = " + "9" * 5000 + "\n"},
        (
            'network.toml row 3: is not TOML (exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits); write one key a line, text in quotes, such as name = "My network"',
        ),
    ),
    "toml-empty": (
        {"network.toml": ""},
        ("network.toml: format is missing; add format = 1", 'network.toml: name is missing; add name = "..."'),
    ),
    "format-2": (
        {"network.toml": 'format = 2\nname = "Test"\n'},
        ("network.toml: format '2' is not supported; write 1, or use a newer version of valuechain",),
    ),
    "format-text": (
        {"network.toml": 'format = "1"\nname = "Test"\n'},
        ("network.toml: format '1' has the wrong type; write a whole number without quotes",),
    ),
    "format-missing": ({"network.toml": 'name = "Test"\n'}, ("network.toml: format is missing; add format = 1",)),
    "format-true": (
        {"network.toml": 'format = true\nname = "Test"\n'},
        ("network.toml: format 'true' has the wrong type; write a whole number without quotes",),
    ),
    "name-empty": ({"network.toml": 'format = 1\nname = "  "\n'}, ('network.toml: name is empty; write name = "..."',)),
    "year-text": (
        {"network.toml": 'format = 1\nname = "Test"\nyear = "2024"\n'},
        ("network.toml: year '2024' has the wrong type; write a whole number without quotes",),
    ),
    "flow-period": (
        {"network.toml": 'format = 1\nname = "Test"\nflow_period = "month"\n'},
        ('network.toml: flow_period \'month\' is not supported; write "year" or "day"',),
    ),
    "essential-rule": (
        {"network.toml": 'format = 1\nname = "Test"\nessential_rule = "physicl"\n'},
        (
            'network.toml: essential_rule \'physicl\' is not a known rule; did you mean \'physical\'? Else write "physical", "all", "none" or { min_share = 0.02 }',
        ),
    ),
    "essential-rule-share": (
        {"network.toml": 'format = 1\nname = "Test"\nessential_rule = { min_share = 2 }\n'},
        (
            'network.toml: essential_rule \'{ min_share = 2 }\' is not a known rule; write "physical", "all", "none" or { min_share = 0.02 }',
        ),
    ),
    "essential-rule-key": (
        {"network.toml": 'format = 1\nname = "Test"\nessential_rule = { share = 0.02 }\n'},
        (
            'network.toml: essential_rule \'{ share = 0.02 }\' is not a known rule; write "physical", "all", "none" or { min_share = 0.02 }',
        ),
    ),
    "essential-rule-type": (
        {"network.toml": 'format = 1\nname = "Test"\nessential_rule = true\n'},
        (
            'network.toml: essential_rule \'true\' is not a known rule; write "physical", "all", "none" or { min_share = 0.02 }',
        ),
    ),
    "default-class": (
        {"network.toml": 'format = 1\nname = "Test"\ndefault_class = 7\n'},
        ("network.toml: default_class '7' is not supported; write 0, 1 or 2",),
    ),
    "decimal": (
        {"network.toml": 'format = 1\nname = "Test"\ndecimal = ";"\n'},
        ('network.toml: decimal \';\' is not supported; write "." or ","',),
    ),
    "synthetic-text": (
        {"network.toml": 'format = 1\nname = "Test"\nsynthetic = "yes"\n'},
        ("network.toml: synthetic 'yes' has the wrong type; write true or false without quotes",),
    ),
    "toml-missing": (
        {"network.toml": None},
        ('network.toml: is missing; make it with the two lines format = 1 and name = "My network"',),
    ),
    "toml-named-txt": (
        {"network.toml.txt": 'format = 1\nname = "Test"\n', "network.toml": None},
        ("network.toml: is missing; rename 'network.toml.txt' to network.toml",),
    ),
    "firms-missing": (
        {"firms.csv": None},
        ("firms.csv: is missing; add it: one row for each firm, with the columns firm, sector",),
    ),
    "firms-misspelt": (
        {"firm.csv": "firm,sector\nmill,C10\nbaker,C11\n", "firms.csv": None},
        ("firms.csv: is missing; rename 'firm.csv' to firms.csv",),
    ),
    "links-as-workbook": (
        {"links.xlsx": b"PK\x03\x04", "links.csv": None},
        ("links.csv: is missing; save 'links.xlsx' as links.csv",),
    ),
    "all-missing": (
        {"network.toml": None, "firms.csv": None, "links.csv": None, "README.md": "hello"},
        (
            'network.toml: is missing; make it with the two lines format = 1 and name = "My network"',
            "firms.csv: is missing; add it: one row for each firm, with the columns firm, sector",
            "links.csv: is missing; add it: one row for each supply link: who buys what from whom, with the columns supplier, buyer, flow",
        ),
    ),
    "firms-twice": (
        {"Firms.CSV": FIRMS},
        ("firms: is there more than once ('Firms.CSV' and 'firms.csv'); keep one of them",),
    ),
    "parquet-broken": (
        {"firms.parquet": b"PAR1 nonsense", "firms.csv": None},
        (
            "firms.parquet: cannot be read as Parquet (Parquet magic bytes not found in footer. Either the file is corrupted or this is not a parquet file); write it again, or give the table as CSV",
        ),
    ),
    "several-files": (
        {
            "network.toml": 'format = 1\nname = "Test"\nyear = "x"\n',
            "firms.csv": "firm,sector\nmill,C10\nbaker,C11\nmill,C12\n",
            "links.csv": "supplier,buyer,flow\nmill,bakr,-1\nmil,baker,x\n",
            "essential.csv": "input,buyer_sector,class\nC10,C11,9\n",
        },
        (
            "network.toml: year 'x' has the wrong type; write a whole number without quotes",
            "firms.csv row 4: firm 'mill' is a duplicate (first in row 2); give one of them another id, or drop the row if it is the same firm",
            "links.csv row 2: flow '-1' is negative; write a number of at least 0, or drop the row",
            "links.csv row 2: buyer 'bakr' is not in firms; did you mean 'baker'? Else add it or drop the link",
            "links.csv row 3: flow 'x' is not a number; write digits without a unit, or drop the row",
            "links.csv row 3: supplier 'mil' is not in firms; did you mean 'mill'? Else add it or drop the link",
            "essential.csv row 2: class '9' is not a known class; write 0, 1 or 2",
        ),
    ),
    "broken-firms-do-not-blame-links": (
        {"firms.csv": 'firm,sector\nmill,"C10\nbaker,C11\n', "links.csv": "supplier,buyer,flow\nmill,baker,x\n"},
        (
            'firms.csv row 2: has a quote (") that is not closed, or text after a closing quote; close it; a quote inside a quoted cell is written twice ("")',
            "links.csv row 2: flow 'x' is not a number; write digits without a unit, or drop the row",
        ),
    ),
    "thousand-faults": (
        {"links.csv": "supplier,buyer,flow\n" + "".join(f"mill,baker,-{k}\n" for k in range(1, 1001))},
        (
            *(
                f"links.csv row {k + 1}: flow '-{k}' is negative; write a number of at least 0, or drop the row"
                for k in range(1, 21)
            ),
            "links.csv: 980 more rows where flow is negative",
        ),
    ),
    "thousand-unknown-ids": (
        {"links.csv": "supplier,buyer,flow\n" + "".join(f"mill,Z{k},1\n" for k in range(1000))},
        (
            *(f"links.csv row {k + 2}: buyer 'Z{k}' is not in firms; add it or drop the link" for k in range(20)),
            "links.csv: 980 more rows where buyer is not in firms",
        ),
    ),
    "sector-error": (
        {"firms.csv": "firm,sector\nmill,#N/A\nbaker,C11\n"},
        ("firms.csv row 2: sector '#N/A' is an error of the spreadsheet; mend the formula, or write the value",),
    ),
    "column-name-newline": (
        {"links.csv": '"sup\nplier",buyer,flow\nmill,baker,1\n'},
        ("links.csv row 1: column 'supplier' is missing; rename 'sup\\x0aplier' to 'supplier'",),
    ),
    "windows-text-in-number": (
        {"links.csv": b"supplier;buyer;flow\nmill;baker;zw\xf6lf\n"},
        ("links.csv row 2: flow 'zwölf' is not a number; write digits without a unit, or drop the row",),
    ),
    "semicolons-and-decimal-told": (
        {
            "network.toml": 'format = 1\nname = "Test"\ndecimal = ","\n',
            "links.csv": "supplier;buyer;flow\nmill;baker;1.5\n",
        },
        (
            "links.csv row 2: flow '1.5' is not a number with the decimal sign ',' of this file; use one sign in the whole file",
        ),
    ),
    "class-fraction": (
        {"essential.csv": "input,buyer_sector,class\nC10,C11,1.5\n"},
        ("essential.csv row 2: class '1.5' is not a known class; write 0, 1 or 2",),
    ),
    "column-in-capitals-twice": (
        {"firms.csv": "Firm,firm,SECTOR\nmill,mill,C10\nbaker,baker,C11\n"},
        ("firms.csv row 1: column 'firm' is there more than once; keep one of them",),
    ),
    "negative-with-unicode-minus": (
        {"links.csv": "supplier,buyer,flow\nmill,baker,−5\n"},
        ("links.csv row 2: flow '−5' is negative; write a number of at least 0, or drop the row",),
    ),
    "member-without-cluster": (
        {"members.csv": "firm,cluster\nmill,\n"},
        ("members.csv row 2: cluster is empty; give the cluster, or drop the row",),
    ),
    "right-to-left-id": (
        {"links.csv": "supplier,buyer,flow\nmill,\u202eelpmi,1\n"},
        ("links.csv row 2: buyer '\\u202eelpmi' is not in firms; add it or drop the link",),
    ),
    "toml-control-character": (
        {"network.toml": "format = 1\nname = Te\x07st\n"},
        ('network.toml row 2: is not TOML (invalid value, column 8); put text in quotes: name = "Te\\x07st"',),
    ),
    "country-and-spreadsheet-error": (
        {"firms.csv": "firm,sector,country\nmill,C10,#REF!\nbaker,C11,XX\n"},
        (
            "firms.csv row 2: country '#REF!' is an error of the spreadsheet; mend the formula, or write the value",
            "firms.csv row 3: country 'XX' is not a country code; use an ISO 3166-1 code such as LVA or leave the cell empty",
        ),
    ),
}
