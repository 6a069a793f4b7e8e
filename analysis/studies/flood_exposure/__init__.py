"""Flood exposure: how many buildings and people a flood reaches, and what it costs. Declares the study."""

from pathlib import Path

from analysis.parameters import Number
from analysis.studies.flood_exposure import compute, public_summary
from analysis.study import Input, Study
from layers.text import Text


def _damage(name: str, title: Text) -> Number:
    return Number(
        f"max_damage_{name}_pln_m2",
        title,
        default=2500,
        low=100,
        high=50_000,
        unit="zł/m²",
        note=Text(
            "Najwyższa szkoda na metr kwadratowy zabudowy: założenie projektu, do zmiany.",
            "Highest damage per square metre of footprint: an assumption of this project, to be changed.",
        ),
        level="public",
    )


STUDY = Study(
    slug="flood_exposure",
    title=Text("Zagrożenie powodziowe: kto i co w wodzie", "Flood exposure: who and what is in the water"),
    question=Text(
        "Ile budynków i osób obejmie powódź i jakie będą straty?",
        "How many buildings and people will a flood reach, and what will it cost?",
    ),
    description=Text(
        "Łączy budynki z mapą zagrożenia powodziowego. Budynek jest zagrożony, gdy w wodzie jest co najmniej 10% "
        "jego obrysu lub wejście. Strata wynika z głębokości wody i krzywych strat Wspólnego Centrum Badawczego "
        "UE (JRC).",
        "Joins buildings with the flood hazard map. A building is exposed when at least 10% of its footprint or its "
        "entrance is in the water. The loss follows from the water depth by the damage curves of the EU's Joint "
        "Research Centre (JRC).",
    ),
    inputs=(
        Input("buildings", ("use_class", "residents"), subject=True),
        Input("flood_zones", ("scenario", "depth_class"), reach_m=compute.REACH_M),
        Input("addresses", (), reach_m=compute.REACH_M, optional=True),
    ),
    outputs=("flood_exposure", "flood_exposure_grid"),
    compute=compute.compute,
    affected=compute.affected,
    totals_values=compute.totals_values,
    summarise=compute.summarise,
    public_summary=public_summary.public_summary,
    package=Path(__file__).parent,
    parameters=(
        Number(
            "exposed_share",
            Text("Część obrysu, od której budynek jest zagrożony", "Share of the footprint that counts as exposed"),
            default=0.1,
            low=0.01,
            high=1.0,
            decimals=3,
            note=Text(
                "Budynek, którego mniejsza część jest w wodzie, liczy się tylko wtedy, gdy jest w niej wejście.",
                "A building of which a smaller part is in the water counts only when its entrance is in the water.",
            ),
        ),
        _damage(
            "residential",
            Text("Szkoda: budynki mieszkalne", "Damage: residential"),
        ),
        _damage("commercial", Text("Szkoda: usługi i użyteczność publiczna", "Damage: services and public")),
        _damage("industrial", Text("Szkoda: przemysł i magazyny", "Damage: industry and storage")),
    ),
    sources=(
        Text(
            "Krzywe strat: Huizinga, de Moel, Szewczyk (2017), Global flood depth-damage functions, JRC105688.",
            "Damage curves: Huizinga, de Moel, Szewczyk (2017), Global flood depth-damage functions, JRC105688.",
        ),
        Text(
            "Klasy głębokości i scenariusze: mapy zagrożenia powodziowego, Prawo wodne (2017). Polskie procenty "
            "strat (Dz.U. 2018 poz. 2031) nie zostały tu użyte.",
            "Depth classes and scenarios: flood hazard maps, Polish Water Law (2017). The Polish loss percentages "
            "(Dz.U. 2018 poz. 2031) are not used here.",
        ),
    ),
)
