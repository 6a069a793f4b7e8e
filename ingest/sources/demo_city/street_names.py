"""Plausible Polish street names, each used once."""

from itertools import product

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES = _words(
    """
    TOWNS = _words(
    """
)

TOWNS = _words(
    """
    Bodzentyńska Buska Chęcińska Częstochowska Daleszycka Gdańska Jędrzejowska Katowicka Konecka Kozienicka
    Krakowska Lubelska Łopuszańska Miechowska Mielecka Morawicka Nowosądecka Olkuska Opatowska Ostrowiecka
    Pińczowska Poznańska Proszowicka Przemyska Radomska Rzeszowska Sandomierska Sanocka Skarżyska Staszowska
    Starachowicka Stąporkowska Szczecińska Szydłowiecka Tarnobrzeska Tarnowska Toruńska Wadowicka Wąchocka
    Wielicka Wiślicka Włoszczowska Wrocławska Zakopiańska Zamojska Zawichojska Zgierska Kaliska Sieradzka
    Opolska Legnicka Elbląska Kartuska Helska Bydgoska Świętojańska Suwalska Augustowska Białostocka
    Siedlecka Chełmska Puławska
    """
)

FIRST_NAMES = _words(
    """
    Jana Adama Stefana Marii Henryka Stanisława Józefa Andrzeja Piotra Tadeusza Bolesława Kazimierza
    Władysława Juliana Michała Karola Antoniego Ludwika Zofii Elizy Aleksandra Wincentego Ignacego Romualda
    Heleny Jadwigi Franciszka Leona Witolda Feliksa Mikołaja Jerzego Gustawa Hugona Emilii Wandy Barbary
    Cypriana Leopolda Maksymiliana
    """
)

SURNAMES = _words(
    """
    Kowalskiego Zielińskiego Wiśniewskiego Dąbrowskiego Lewandowskiego Kamińskiego Szymańskiego Woźniaka
    Kozłowskiego Jankowskiego Mazura Krawczyka Kaczmarka Piotrowskiego Grabowskiego Nowakowskiego
    Pawłowskiego Michalskiego Adamczyka Dudka Zająca Wieczorka Jabłońskiego Króla Majewskiego Olszewskiego
    Jaworskiego Wróbla Malinowskiego Pawlaka Witkowskiego Walczaka Stępnia Górskiego Rutkowskiego Sikory
    Barana Michalaka Szewczyka Ostrowskiego Tomaszewskiego Pietrzaka Marciniaka Zalewskiego Wróblewskiego
    Jasińskiego Sadowskiego Bąka Zawadzkiego Jakubowskiego Wilka Chmielewskiego Borkowskiego Sokołowskiego
    Szczepańskiego Sawickiego Lisa Kucharskiego Kalinowskiego Wysockiego Maciejewskiego Czarneckiego
    Kołodzieja Urbana Kaźmierczaka Sobczaka Konopki Głowackiego Zakrzewskiego Krupy
    """
)

WOMEN = frozenset({"Marii", "Zofii", "Elizy", "Heleny", "Jadwigi", "Emilii", "Wandy", "Barbary"})


def street_names(count: int, taken: set[str], rng: np.random.Generator) -> list[str]:
    """`count` different names that are not in `taken`, short descriptive ones and patrons mixed."""
    plain = sorted({*ADJECTIVES, *TOWNS} - taken)
    patrons = [
        f"{first} {_feminine(last) if first in WOMEN else last}" for first, last in product(FIRST_NAMES, SURNAMES)
    ]
    patrons = sorted(set(patrons) - taken)
    wanted = min(count, len(plain) + len(patrons))
    first = min(len(plain), max(wanted * 2 // 5, wanted - len(patrons)))
    picked = [plain[index] for index in rng.permutation(len(plain))[:first]]
    picked += [patrons[index] for index in rng.permutation(len(patrons))[: wanted - first]]
    picked += [f"Nowa {number}" for number in range(1, count - wanted + 1)]
    return [picked[index] for index in rng.permutation(len(picked))]


def _feminine(surname: str) -> str:
    """The genitive of the feminine form of a surname."""
    if surname.endswith("skiego") or surname.endswith("ckiego"):
        return surname.removesuffix("iego") + "iej"
    return {"Sikory": "Sikory", "Konopki": "Konopki", "Krupy": "Krupy"}.get(surname, surname.removesuffix("a"))
