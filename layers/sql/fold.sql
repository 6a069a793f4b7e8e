-- Texts as they are searched: without diacritics, and in small letters. Immutable, so that indexes may hold them: the
-- dictionary is named, and changes only with PostgreSQL itself.
CREATE FUNCTION layers_unaccent(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT public.unaccent('public.unaccent'::regdictionary, given) $$;

CREATE FUNCTION layers_fold(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, given)) $$;

-- The words of several columns as one searchable text; unknown ones are left out.
CREATE FUNCTION layers_words(VARIADIC given text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, array_to_string(given, ' '))) $$;
