"""Texts of the reason codes of rejections."""

from layers.text import Text

REASONS: dict[str, Text] = {
    "duplicate_id": Text("identyfikator powtórzył się w tym samym pliku", "the id occurred twice in one input"),
    "exists": Text("obiekt już jest w danych i różni się", "the object is stored already and differs"),
    "ended_by_editor": Text(
        "redaktor zakończył ten obiekt, a źródło nie mówi o nim nic nowego",
        "an editor ended this object and its source says nothing new of it",
    ),
    "geometry_empty": Text("geometria jest pusta", "the geometry is empty"),
    "geometry_incomplete": Text("brakuje części geometrii", "part of the geometry is missing"),
    "geometry_invalid": Text(
        "geometria jest błędna, np. obrys przecina sam siebie",
        "the geometry is not valid, for example an outline that crosses itself",
    ),
    "geometry_missing": Text("brak geometrii", "no geometry"),
    "geometry_not_finite": Text("współrzędne nie są liczbami", "coordinates are not numbers"),
    "geometry_parts": Text("kilka części zamiast jednej", "several parts instead of one"),
    "geometry_type": Text("geometria innego rodzaju", "geometry of another type"),
    "members_missing": Text("brakuje odcinków, z których się składa", "ways it is made of are missing"),
    "no_id": Text("brak identyfikatora", "no id"),
    "nodes_missing": Text("brakuje punktów", "points are missing"),
    "not_a_date": Text("wartość nie jest datą", "the value is no date"),
    "not_a_text": Text("wartość nie jest tekstem", "the value is no text"),
    "not_a_number": Text("wartość nie jest liczbą", "the value is no number"),
    "not_closed": Text("obrys nie jest zamknięty", "the outline is not closed"),
    "not_whole": Text("liczba nie jest całkowita", "the number is not whole"),
    "not_yes_or_no": Text("wartość nie jest ani „tak”, ani „nie”", "the value is neither yes nor no"),
    "out_of_range": Text("liczba poza dopuszczalnym zakresem", "the number is out of range"),
    "outside_city": Text("obiekt leży daleko od miasta", "the object lies far from the city"),
    "returned": Text(
        "obiekt zakończony przez redaktora wrócił, bo jego źródło mówi o nim co innego niż wtedy",
        "an object that an editor ended is back, because its source says something else than then",
    ),
    "rings_broken": Text("obrys się przecina lub nie zamyka", "the outline crosses itself or stays open"),
    "too_few_nodes": Text("za mało punktów", "too few points"),
    "too_long": Text("tekst jest za długi", "the text is too long"),
    "unknown_field": Text("nie ma takiego pola", "there is no such field"),
    "unknown_code": Text("nieznany kod", "unknown code"),
    "value_unusable": Text("wartości nie da się odczytać", "the value cannot be read"),
}
