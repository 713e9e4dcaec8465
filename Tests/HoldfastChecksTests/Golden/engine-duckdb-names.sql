SELECT SUM(CASE WHEN u IS NULL THEN one END), SUM(CASE WHEN u IS NULL THEN two END),
COUNT(CASE WHEN u IS NOT NULL AND one > 0 THEN 1 END),
COUNT(CASE WHEN u IS NOT NULL AND two > 0 THEN 1 END),
COUNT(CASE WHEN u IS NOT NULL AND one > 0 AND two > 0 THEN 1 END)
FROM (SELECT u, SUM(one) AS one, SUM(two) AS two FROM
(SELECT hf_name AS u, 1 AS one, 0 AS two FROM (SELECT *, CASE WHEN abs(hf_number) < CAST('9007199254740992.0' AS DOUBLE) THEN
CASE WHEN hf_number = TRY_CAST(hf_number AS BIGINT) THEN CAST(TRY_CAST(hf_number AS BIGINT) AS VARCHAR) ELSE CAST(hf_number AS VARCHAR) END
WHEN hf_text <> '' THEN hf_text END AS hf_name
FROM (SELECT CASE WHEN regexp_matches(CAST("city" AS VARCHAR), '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim(CAST("city" AS VARCHAR)) AS DOUBLE) END AS hf_number, CAST("city" AS VARCHAR) AS hf_text FROM "hf_train") hf_parts) hf_train
UNION ALL SELECT hf_name AS u, 0 AS one, 1 AS two FROM (SELECT *, CASE WHEN abs(hf_number) < CAST('9007199254740992.0' AS DOUBLE) THEN
CASE WHEN hf_number = TRY_CAST(hf_number AS BIGINT) THEN CAST(TRY_CAST(hf_number AS BIGINT) AS VARCHAR) ELSE CAST(hf_number AS VARCHAR) END
WHEN hf_text <> '' THEN hf_text END AS hf_name
FROM (SELECT CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS hf_number, CASE WHEN "age" IN ('NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None') THEN NULL
ELSE "age" END AS hf_text FROM "hf_train") hf_parts) hf_eval) hf_units
GROUP BY u) hf_unit;

SELECT MIN(c1), MIN(c2), hf_name, COUNT(*)
FROM (SELECT *, CASE WHEN abs(hf_number) < CAST('9007199254740992.0' AS DOUBLE) THEN
CASE WHEN hf_number = TRY_CAST(hf_number AS BIGINT) THEN CAST(TRY_CAST(hf_number AS BIGINT) AS VARCHAR) ELSE CAST(hf_number AS VARCHAR) END
WHEN hf_text <> '' THEN hf_text END AS hf_name
FROM (SELECT CAST("income" AS DOUBLE) AS hf_number, CASE WHEN CAST("income" AS DOUBLE) <= CAST('inf' AS DOUBLE) THEN CAST("income" AS VARCHAR) END AS hf_text, CAST("city" AS VARCHAR) AS c1, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS c2 FROM "hf_train") hf_parts) hf_keys
GROUP BY hf_name;

SELECT MIN(c0), hf_name, COUNT(*)
FROM (SELECT *, CASE WHEN abs(hf_number) < CAST('9007199254740992.0' AS DOUBLE) THEN
CASE WHEN hf_number = TRY_CAST(hf_number AS BIGINT) THEN CAST(TRY_CAST(hf_number AS BIGINT) AS VARCHAR) ELSE CAST(hf_number AS VARCHAR) END
WHEN hf_text <> '' THEN hf_text END AS hf_name
FROM (SELECT CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS hf_number, CASE WHEN "age" IN ('NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None') THEN NULL
ELSE "age" END AS hf_text, CAST("income" AS DOUBLE) AS c0 FROM "hf_train") hf_parts) hf_keys
WHERE hf_name IS NULL OR substr(md5(hf_name), 1, 8) < '00100000' GROUP BY hf_name;
