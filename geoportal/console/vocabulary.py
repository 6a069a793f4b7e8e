"""Allow-lists of the SQL console. Whatever is not listed is refused with its name."""

MOST_SIGNS = 20_000
"""Most characters of a statement."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGGREGATES = """
    array_agg avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp every json_agg json_object_agg
    jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop
    var_samp variance
"""
WINDOW = """
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
"""
MATHS = """
    abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees div exp floor gcd greatest lcm least ln log log10 mod
    pi pow power radians random round sign sin sqrt tan trunc width_bucket num_nonnulls num_nulls
"""
TEXTS = """
    ascii btrim char_length character_length chr concat concat_ws initcap is_normalized left length like_escape
    lower lpad ltrim md5 normalize octet_length overlay position quote_literal regexp_count regexp_match
    regexp_matches
    regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim
    similar_to_escape similarity split_part starts_with string_to_array string_to_table strict_word_similarity strpos
    substr substring to_char to_hex to_number translate unaccent upper word_similarity
"""
DATES = """
    age date_bin date_part date_trunc extract isfinite justify_days justify_hours justify_interval make_date
    make_interval make_time make_timestamp make_timestamptz now overlaps timezone to_date to_timestamp
"""
JSON = """
    json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
    json_each_text json_extract_path json_extract_path_text json_object_keys json_strip_nulls json_typeof
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
    jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_object_keys jsonb_pretty jsonb_set
    jsonb_strip_nulls jsonb_typeof row_to_json to_json to_jsonb
"""
ARRAYS = """
    array_append array_cat array_length array_lower array_ndims array_position array_positions array_prepend
    array_remove array_replace array_to_json array_to_string array_upper cardinality generate_series
    generate_subscripts int4range int8range numrange daterange lower_inc upper_inc isempty unnest
"""
GEOMETRY = """
    geometrytype st_addpoint st_affine st_angle st_area st_asbinary st_asewkt st_asgeojson st_asgml st_askml
    st_aslatlontext st_assvg st_astext st_azimuth st_boundary st_boundingdiagonal st_buffer st_buildarea st_centroid
    st_chaikinsmoothing st_clipbybox2d st_closestpoint st_clusterdbscan st_clusterkmeans st_clusterwithin st_collect
    st_collectionextract st_concavehull st_contains st_containsproperly st_convexhull st_coorddim st_coveredby
    st_covers st_crosses st_delaunaytriangles st_dfullywithin st_difference st_dimension st_disjoint st_distance
    st_distancesphere st_distancespheroid st_dump st_dumppoints st_dumprings st_dumpsegments st_dwithin st_endpoint
    st_envelope st_equals st_expand st_extent st_exteriorring st_flipcoordinates st_force2d st_force3d
    st_frechetdistance st_geogfromtext st_geohash st_geometricmedian st_geometryn st_geometrytype st_geomfromewkt
    st_geomfromgeojson st_geomfromtext st_geomfromwkb st_hausdorffdistance st_interiorringn st_intersection
    st_intersects st_isclosed st_iscollection st_isempty st_isring st_issimple st_isvalid st_isvalidreason st_length
    st_length2d st_lengthspheroid st_linecrossingdirection st_linefrommultipoint st_lineinterpolatepoint
    st_linelocatepoint st_linemerge st_linesubstring st_longestline st_m st_makebox2d st_makeenvelope st_makeline
    st_makepoint st_makepolygon st_makevalid st_maxdistance st_maximuminscribedcircle st_memunion
    st_minimumboundingcircle st_minimumboundingradius st_minimumclearance st_multi st_ndims st_node st_normalize
    st_npoints st_nrings st_numgeometries st_numinteriorrings st_numpoints st_orientedenvelope
    st_overlaps st_perimeter st_point st_pointn st_pointonsurface st_points st_polygon st_polygonize st_project
    st_reduceprecision st_relate st_removerepeatedpoints st_reverse st_rotate st_scale st_setsrid st_shortestline
    st_simplify st_simplifypreservetopology st_simplifyvw st_snap st_snaptogrid st_split st_srid st_startpoint
    st_subdivide st_summary st_symdifference st_tileenvelope st_touches st_transform st_translate st_unaryunion
    st_union st_voronoipolygons st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z
"""
"""Without functions that read tables, statistics or files (st_estimatedextent, st_findextent, rasters), and without
those whose result's size is an argument (st_generatepoints, st_squaregrid, st_segmentize)."""

FUNCTIONS = _words(" ".join((AGGREGATES, WINDOW, MATHS, TEXTS, DATES, JSON, ARRAYS, GEOMETRY)))
WRITTEN: dict[str, tuple[int, int, bool]] = {
    "repeat": (2, 10_000, True),
    "lpad": (2, 10_000, True),
    "rpad": (2, 10_000, True),
    "st_transform": (2, 999_999, True),
    "st_buffer": (3, 64, False),
    "st_minimumboundingcircle": (2, 64, False),
}
"""Which argument (from 1) must be a literal whole number, its maximum, and whether it is required: a computed number
could make the server allocate any amount of memory, and a text could name a file to PROJ."""

TYPES = _words(
    """
    int2 int4 int8 smallint integer bigint float4 float8 real numeric decimal bool boolean text varchar bpchar date
    time timetz timestamp timestamptz interval uuid json jsonb geometry geography box2d box3d int4range int8range
    numrange daterange
    """
)

OPERATORS = _words(
    """
    = <> != < > <= >= + - * / % ^ || |/ ||/ @ & | # << >> ~ !~ ~* !~* ~~ !~~ ~~* !~~* ^@ -> ->> #> #>> ? ?| ?& @> <@
    && &< &> &<| |&> <<| |>> ~= <-> <#> -|- &&& <% %>
    """
) | {"BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC"}

CLOCK = frozenset({"SVFOP_CURRENT_DATE", "SVFOP_CURRENT_TIMESTAMP", "SVFOP_LOCALTIMESTAMP", "SVFOP_CURRENT_TIME"})
"""Allowed SQL value functions (written without parentheses); the others return names of logins and databases."""

SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "xmax", "cmin", "cmax", "ctid", "oid"})
CATALOGUE = ("pg_", "lo_", "_pg_")
"""Prefixes of system names. Also refused as columns, as `row.name` may call a function of that name."""

NODES = _words(
    """
    A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean BooleanTest
    CTECycleClause CTESearchClause CaseExpr CaseWhen CoalesceExpr CollateClause ColumnRef CommonTableExpr
    Float FuncCall GroupingFunc GroupingSet Integer JoinExpr MinMaxExpr NamedArgExpr NullTest RangeFunction
    RangeSubselect RangeVar ResTarget RowExpr SQLValueFunction SelectStmt SortBy String SubLink TypeCast TypeName
    WindowDef WithClause
    """
)
"""Allowed node types of PostgreSQL's parse tree."""
