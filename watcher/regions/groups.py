"""Groups of countries: continents and sub-regions of UN M49, and a few that newsrooms use.

Sub-regions are those of the UN Statistics Division's standard M49, with Taiwan under Eastern
Asia and Kosovo under Southern Europe as Unicode CLDR has them. The groups without an M49 code
are ours; what they hold is written here and nowhere else.
"""

from watcher.text import words

_SUBREGIONS = """
015 Northern Africa: DZ EG EH LY MA SD TN
014 Eastern Africa: BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW
017 Middle Africa: AO CD CF CG CM GA GQ ST TD
018 Southern Africa: BW LS NA SZ ZA
011 Western Africa: BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG
029 Caribbean: AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI
013 Central America: BZ CR GT HN MX NI PA SV
005 South America: AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE
021 Northern America: BM CA GL PM US
143 Central Asia: KG KZ TJ TM UZ
030 Eastern Asia: CN HK JP KP KR MN MO TW
035 South-eastern Asia: BN ID KH LA MM MY PH SG TH TL VN
034 Southern Asia: AF BD BT IN IR LK MV NP PK
145 Western Asia: AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE
151 Eastern Europe: BG BY CZ HU MD PL RO RU SK UA
154 Northern Europe: AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ
039 Southern Europe: AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK
155 Western Europe: AT BE CH DE FR LI LU MC NL
053 Australia and New Zealand: AU CC CX HM NF NZ
054 Melanesia: FJ NC PG SB VU
057 Micronesia Region: FM GU KI MH MP NR PW UM
061 Polynesia: AS CK NU PF PN TK TO TV WF WS
010 Antarctica: AQ
"""

_JOINED = """
002 Africa: 015 014 017 018 011
202 Sub-Saharan Africa: 014 017 018 011
019 Americas: 029 013 005 021
003 North America: 029 013 021
419 Latin America and the Caribbean: 029 013 005
142 Asia: 143 030 035 034 145
150 Europe: 151 154 039 155
009 Oceania: 053 054 057 061
001 World: 002 019 142 150 009 010
"""

_OURS = """
Middle East: AE BH EG IL IQ IR JO KW LB OM PS QA SA SY TR YE
Middle East and North Africa: AE BH DZ EG EH IL IQ IR JO KW LB LY MA OM PS QA SA SD SY TN TR YE
Levant: IL JO LB PS SY
Gulf States: AE BH KW OM QA SA
Maghreb: DZ EH LY MA MR TN
Sahel: BF ML MR NE TD
Horn of Africa: DJ ER ET SO
Great Lakes: BI CD RW UG
Lake Chad Basin: CM NE NG TD
Caucasus: AM AZ GE
Balkans: AL BA BG GR HR ME MK RO RS SI XK
Baltic States: EE LT LV
Scandinavia: DK NO SE
Nordic Countries: AX DK FI FO GL IS NO SE
European Union: AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK
Latin America: AR BO BR CL CO CR CU DO EC GT HN HT MX NI PA PE PR PY SV UY VE
South Asia: AF BD BT IN LK MV NP PK
Southeast Asia: BN ID KH LA MM MY PH SG TH TL VN
East Asia: CN HK JP KP KR MN MO TW
West Africa: BF BJ CI CV GH GM GN GW LR ML MR NE NG SL SN TG
East Africa: BI DJ ER ET KE RW SO SS TZ UG
Central Africa: AO CD CF CG CM GA GQ ST TD
North Africa: DZ EG EH LY MA SD TN
"""


def _tables() -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    members: dict[str, frozenset[str]] = {}
    names: dict[str, str] = {}
    for line in (_SUBREGIONS + _JOINED).split("\n"):
        if line:
            head, _, listed = line.partition(": ")
            code, _, name = head.partition(" ")
            parts = [members.get(part, frozenset({part})) for part in listed.split()]
            members[code] = frozenset[str]().union(*parts)
            names[_key(name)] = names[code] = code
    for line in filter(None, _OURS.split("\n")):
        name, _, listed = line.partition(": ")
        members.setdefault(name, frozenset(listed.split()))
        names[_key(name)] = name
    return members, names


def _key(name: str) -> str:
    return " ".join(words(name))


_MEMBERS, _NAMES = _tables()


def group(name: str) -> frozenset[str] | None:
    """Return the ISO 3166-1 codes of a group by name ("Middle East", "middle-east") or M49 code ("145", "M49:145")."""
    found = _NAMES.get(name.removeprefix("M49:")) or _NAMES.get(_key(name))
    return _MEMBERS[found] if found else None


def group_names() -> tuple[str, ...]:
    """Return every name that `group` knows, folded, and every code."""
    return tuple(_NAMES)
