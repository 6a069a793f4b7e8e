"""Kielce before it is invented, after domain.md section 14; courses are from memory, about 300 m accurate."""

from ingest.sources.demo_city.table import CityTable, DistrictSeed, MainRoad, RiverAxis, Wood, line

KIELCE = CityTable(
    centre=(20.63139, 50.87028),
    rivers=(
        RiverAxis(
            "Silnica",
            6.0,
            line(
                "20.642 50.925, 20.638 50.905, 20.633 50.892, 20.624 50.878, 20.623 50.869, 20.619 50.86, 20.601 50.85, 20.582 50.842, 20.57 50.833"
            ),
        ),
        RiverAxis(
            "Bobrza",
            12.0,
            line(
                "20.537 50.89, 20.534 50.88, 20.535 50.868, 20.543 50.857, 20.55 50.849, 20.56 50.84, 20.57 50.833, 20.579 50.823, 20.59 50.815, 20.6 50.802"
            ),
        ),
        RiverAxis(
            "Sufraganiec",
            5.0,
            line(
                "20.601 50.918, 20.593 50.905, 20.584 50.894, 20.575 50.88, 20.565 50.868, 20.556 50.857, 20.55 50.849"
            ),
        ),
        RiverAxis(
            "Lubrzanka",
            10.0,
            line("20.699 50.876, 20.703 50.865, 20.699 50.858, 20.702 50.852, 20.699 50.84"),
        ),
    ),
    roads=(
        MainRoad(
            "S74",
            "expressway",
            "national",
            ("Łódzka", "Jesionowa", "Świętokrzyska"),
            line(
                "20.495 50.895, 20.54 50.893, 20.575 50.8885, 20.6 50.8862, 20.625 50.8855, 20.65 50.884, 20.668 50.88, 20.7 50.875"
            ),
        ),
        MainRoad(
            "S7",
            "expressway",
            "national",
            ("Obwodnica Zachodnia",),
            line(
                "20.568 50.92, 20.556 50.896, 20.548 50.88, 20.525 50.864, 20.522 50.85, 20.545 50.834, 20.56 50.82, 20.568 50.805"
            ),
        ),
        MainRoad(
            "DK73",
            "main",
            "national",
            ("Źródłowa", "Tarnowska", "Wrzosowa"),
            line(
                "20.6395 50.8715, 20.643 50.864, 20.649 50.854, 20.654 50.84, 20.651 50.826, 20.646 50.815, 20.644 50.798"
            ),
        ),
        MainRoad(
            "DK73",
            "main",
            "national",
            ("Warszawska",),
            line("20.634 50.8735, 20.64 50.883, 20.648 50.898, 20.652 50.915"),
        ),
        MainRoad(
            "762",
            "main",
            "voivodeship",
            ("Krakowska",),
            line("20.6225 50.8675, 20.612 50.86, 20.596 50.854, 20.572 50.844, 20.55 50.829, 20.535 50.82"),
        ),
        MainRoad(
            "761",
            "main",
            "voivodeship",
            ("Grunwaldzka", "Piekoszowska"),
            line("20.6225 50.8695, 20.606 50.873, 20.585 50.8755, 20.56 50.874, 20.53 50.87, 20.5 50.869"),
        ),
        MainRoad(
            "745",
            "main",
            "voivodeship",
            ("Zagnańska",),
            line("20.624 50.8755, 20.618 50.885, 20.614 50.896, 20.608 50.92"),
        ),
        MainRoad(
            "764",
            "main",
            "voivodeship",
            ("Sandomierska",),
            line("20.6395 50.8705, 20.655 50.867, 20.672 50.861, 20.692 50.857, 20.72 50.855"),
        ),
        MainRoad(
            "786",
            "main",
            "voivodeship",
            ("Malików",),
            line("20.588 50.876, 20.57 50.883, 20.548 50.886, 20.52 50.884"),
        ),
        MainRoad(
            "",
            "main",
            "county",
            ("Żytnia", "Czarnowska", "IX Wieków Kielc", "Seminaryjska"),
            line(
                "20.622 50.869, 20.6235 50.874, 20.63 50.8765, 20.638 50.8745, 20.64 50.8705, 20.637 50.866, 20.63 50.864, 20.623 50.8655, 20.622 50.869"
            ),
        ),
        MainRoad(
            "",
            "main",
            "county",
            ("Jagiellońska", "Pakosz", "Husarska", "Popiełuszki", "Solidarności"),
            line(
                "20.603 50.8875, 20.601 50.879, 20.601 50.87, 20.608 50.858, 20.627 50.854, 20.649 50.856, 20.659 50.864, 20.661 50.874, 20.658 50.884"
            ),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Ściegiennego", "Posłowicka"),
            line("20.628 50.865, 20.627 50.854, 20.622 50.842, 20.618 50.828, 20.617 50.8"),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Szajnowicza-Iwanowa", "Massalskiego"),
            line("20.616 50.891, 20.628 50.893, 20.643 50.89, 20.659 50.892, 20.685 50.896"),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Wikaryjska", "Leszczyńska"),
            line("20.66 50.879, 20.67 50.872, 20.679 50.864, 20.671 50.856, 20.653 50.843"),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Hubalczyków", "Podklasztorna"),
            line("20.584 50.89, 20.583 50.876, 20.58 50.863, 20.586 50.848, 20.6 50.836, 20.62 50.834"),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Batalionów Chłopskich", "Chorzowska"),
            line("20.56 50.899, 20.564 50.886, 20.563 50.872, 20.56 50.858, 20.564 50.842"),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Łopuszniańska",),
            line("20.51 50.856, 20.542 50.86, 20.561 50.862, 20.581 50.865, 20.602 50.864"),
        ),
        MainRoad(
            "",
            "collector",
            "county",
            ("Suków",),
            line("20.618 50.842, 20.635 50.845, 20.654 50.843, 20.664 50.838"),
        ),
    ),
    districts=(
        DistrictSeed("Śródmieście", 20.6310, 50.8705, "centre"),
        DistrictSeed("Czarnów", 20.5980, 50.8780, "flats"),
        DistrictSeed("Ślichowice", 20.5790, 50.8830, "flats"),
        DistrictSeed("Podkarczówka", 20.5960, 50.8690, "flats"),
        DistrictSeed("Pakosz", 20.6060, 50.8560, "detached"),
        DistrictSeed("Białogon", 20.5640, 50.8430, "rural"),
        DistrictSeed("Dąbrowa", 20.6560, 50.9050, "detached"),
        DistrictSeed("Szydłówek", 20.6310, 50.8900, "detached"),
        DistrictSeed("Bocianek", 20.6450, 50.8800, "flats"),
        DistrictSeed("Uroczysko", 20.6570, 50.8880, "flats"),
        DistrictSeed("Na Stoku", 20.6680, 50.8900, "flats"),
        DistrictSeed("Świętokrzyskie", 20.6610, 50.8950, "flats"),
        DistrictSeed("Słoneczne Wzgórze", 20.6440, 50.8945, "flats"),
        DistrictSeed("Sady", 20.6160, 50.8800, "flats"),
        DistrictSeed("Herby", 20.6080, 50.8830, "industry"),
        DistrictSeed("Niewachlów", 20.5560, 50.8930, "rural"),
        DistrictSeed("Zalesie", 20.5750, 50.8220, "rural"),
        DistrictSeed("Posłowice", 20.6130, 50.8280, "rural"),
        DistrictSeed("Dyminy", 20.6390, 50.8270, "rural"),
        DistrictSeed("Bukówka", 20.6590, 50.8470, "detached"),
        DistrictSeed("Barwinek", 20.6430, 50.8510, "flats"),
        DistrictSeed("Baranówek", 20.6260, 50.8470, "detached"),
        DistrictSeed("Ostra Górka", 20.6420, 50.8610, "detached"),
        DistrictSeed("Zagórska", 20.6510, 50.8720, "flats"),
        DistrictSeed("Wielkopole", 20.6640, 50.8560, "detached"),
        DistrictSeed("Domaszowice Wikaryjskie", 20.6730, 50.8770, "rural"),
        DistrictSeed("Zagórze", 20.6900, 50.8560, "rural"),
        DistrictSeed("Dobromyśl", 20.5380, 50.8540, "rural"),
        DistrictSeed("Gruchawka", 20.5900, 50.9010, "rural"),
        DistrictSeed("Łazy", 20.6170, 50.9010, "detached"),
    ),
    woods=(
        Wood("Las Telegraf", 20.6400, 50.8370, (1500.0, 420.0), 12.0),
        Wood("Las Karczówka", 20.5900, 50.8600, (560.0, 360.0), 20.0),
        Wood("Pasmo Posłowickie", 20.6000, 50.8300, (1300.0, 420.0), -8.0),
        Wood("Las Gruchawka", 20.5760, 50.9040, (1100.0, 620.0), -15.0),
        Wood("Las Dąbrowa", 20.6700, 50.9050, (900.0, 420.0), 25.0),
        Wood("Las Wietrznia", 20.6720, 50.8480, (620.0, 300.0), 30.0),
        Wood("Las Brusznia", 20.5680, 50.8560, (520.0, 330.0), 70.0),
        Wood("Las Zalesie", 20.5600, 50.8270, (750.0, 340.0), 35.0),
        Wood("Las Dobromyśl", 20.5240, 50.8480, (600.0, 400.0), 80.0),
        Wood("Las Cedzyna", 20.7060, 50.8600, (380.0, 260.0), 80.0),
        Wood("Las Bilcza", 20.6240, 50.8090, (900.0, 400.0), 85.0),
        Wood("Rezerwat Kadzielnia", 20.6180, 50.8620, (210.0, 150.0), 15.0, "reserve"),
        Wood("Rezerwat Ślichowice", 20.5880, 50.8850, (190.0, 120.0), 70.0, "reserve"),
        Wood("Park Miejski", 20.6255, 50.8680, (230.0, 150.0), 80.0, "park"),
        Wood("Park Baranowski", 20.6230, 50.8490, (420.0, 190.0), 5.0, "park"),
    ),
    industry=(
        line("20.53 50.888, 20.565 50.881, 20.59 50.882, 20.612 50.883"),
        line("20.615 50.887, 20.611 50.898, 20.606 50.91"),
        line("20.615 50.872, 20.615 50.862, 20.596 50.851, 20.574 50.846"),
        line("20.65 50.835, 20.649 50.82, 20.644 50.808"),
    ),
    lowest_m=243.0,
    postcode="25",
    stations=(
        ("Jednostka Ratowniczo-Gaśnicza nr 1", 20.6280, 50.8790),
        ("Jednostka Ratowniczo-Gaśnicza nr 2", 20.6490, 50.8560),
        ("Jednostka Ratowniczo-Gaśnicza nr 3", 20.5860, 50.8740),
    ),
)
