SELECT COUNT(*), COUNT(CASE WHEN hf_weight >= 0 AND hf_weight < CAST('inf' AS DOUBLE) THEN 1 END),
SUM(hf_weight), SUM(hf_weight * hf_weight),
COUNT(CASE WHEN k2 = 0 THEN 1 END), COUNT(CASE WHEN k2 = 1 THEN 1 END), COUNT(CASE WHEN k2 = 2 THEN 1 END), COUNT(CASE WHEN k2 = 3 THEN 1 END), COUNT(CASE WHEN k2 = 4 THEN 1 END), COUNT(CASE WHEN k2 = 5 THEN 1 END), COUNT(CASE WHEN k2 = 6 THEN 1 END), SUM(CASE WHEN k2 = 0 THEN hf_weight END), SUM(CASE WHEN k2 = 0 THEN hf_weight * hf_weight END), SUM(CASE WHEN k2 = 1 THEN hf_weight END), SUM(CASE WHEN k2 = 1 THEN hf_weight * hf_weight END), SUM(CASE WHEN k2 = 2 THEN hf_weight END), SUM(CASE WHEN k2 = 2 THEN hf_weight * hf_weight END), SUM(CASE WHEN k2 = 3 THEN hf_weight END), SUM(CASE WHEN k2 = 3 THEN hf_weight * hf_weight END), SUM(CASE WHEN k2 = 4 THEN hf_weight END), SUM(CASE WHEN k2 = 4 THEN hf_weight * hf_weight END), SUM(CASE WHEN k2 = 5 THEN hf_weight END), SUM(CASE WHEN k2 = 5 THEN hf_weight * hf_weight END), SUM(CASE WHEN k2 = 6 THEN hf_weight END), SUM(CASE WHEN k2 = 6 THEN hf_weight * hf_weight END),
MIN(CASE WHEN k2 = 0 AND hf_weight > 0 THEN x2 END), MAX(CASE WHEN k2 = 0 AND hf_weight > 0 THEN x2 END), AVG(CASE WHEN k2 = 0 AND hf_weight > 0 THEN x2 END)
FROM (SELECT c2, x2, CASE WHEN x2 > CAST('inf' AS DOUBLE) THEN 3
WHEN x2 = CAST('inf' AS DOUBLE) THEN 4
WHEN x2 = CAST('-inf' AS DOUBLE) THEN 5
WHEN x2 IS NOT NULL THEN 0 WHEN c2 IS NULL THEN 2 WHEN c2 = '' THEN 6
WHEN c2 IN ('NaN', 'nan') THEN 3
WHEN c2 IN ('NA', 'N/A', 'null', 'NULL', 'None') THEN 2
ELSE 1 END AS k2, hf_weight
FROM (SELECT "age" AS c2, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS x2, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS hf_weight FROM "hf_train") hf_raw) hf_cells;

SELECT CAST("income" AS DOUBLE), CAST("city" AS VARCHAR), CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END FROM (SELECT * FROM (SELECT *, (row_number() OVER () * 48271) % 2147483647 AS hf_place
FROM "hf_train") hf_places
WHERE (hf_place * hf_place) % 2147483629 < 536870911) hf_rows;

SELECT 0 AS place, COUNT(*) AS n, MIN(x) AS least, MAX(x) AS most,
SUM(hf_weight * (x - CAST('2.5' AS DOUBLE))) AS distances, SUM(hf_weight * (x - CAST('2.5' AS DOUBLE)) * (x - CAST('2.5' AS DOUBLE))) AS squares, SUM(hf_weight), SUM(hf_weight * hf_weight)
FROM (SELECT x, hf_weight, b FROM (SELECT x0 AS x, hf_weight FROM (SELECT c0, x0, CASE WHEN x0 > CAST('inf' AS DOUBLE) THEN 3
WHEN x0 = CAST('inf' AS DOUBLE) THEN 4
WHEN x0 = CAST('-inf' AS DOUBLE) THEN 5
WHEN x0 IS NOT NULL THEN 0 ELSE 2 END AS k0, hf_weight
FROM (SELECT CAST(NULL AS VARCHAR(1)) AS c0, CAST("income" AS DOUBLE) AS x0, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS hf_weight FROM "hf_train") hf_raw) hf_cells
WHERE k0 = 0 AND hf_weight > 0) hf_numbers
ASOF LEFT JOIN (SELECT b, lo FROM "hf_edges" WHERE list = 0) e ON hf_numbers.x >= e.lo) hf_ranged GROUP BY b;

SELECT x0, COUNT(*), SUM(hf_weight), SUM(hf_weight * hf_weight) FROM (SELECT c0, x0, CASE WHEN x0 > CAST('inf' AS DOUBLE) THEN 3
WHEN x0 = CAST('inf' AS DOUBLE) THEN 4
WHEN x0 = CAST('-inf' AS DOUBLE) THEN 5
WHEN x0 IS NOT NULL THEN 0 ELSE 2 END AS k0, hf_weight
FROM (SELECT CAST(NULL AS VARCHAR(1)) AS c0, CAST("income" AS DOUBLE) AS x0, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS hf_weight FROM "hf_train") hf_raw) hf_cells
WHERE k0 = 0 AND hf_weight > 0 GROUP BY x0;

SELECT t, x, COUNT(*) AS n, SUM(hf_weight), SUM(hf_weight * hf_weight) FROM (SELECT c1 AS t, x1 AS x, hf_weight
FROM (SELECT c1, x1, CASE WHEN c1 IS NULL THEN 2 WHEN c1 = '' THEN 6 ELSE 1 END AS k1, hf_weight
FROM (SELECT CAST("city" AS VARCHAR) AS c1, CAST(NULL AS DOUBLE) AS x1, CASE WHEN regexp_matches("age", '^ *[+-]?(((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?) *\z') THEN TRY_CAST(trim("age") AS DOUBLE) END AS hf_weight FROM "hf_train") hf_raw) hf_cells
WHERE k1 IN (0, 1)) hf_values
GROUP BY t, x ORDER BY SUM(hf_weight) DESC, t, x LIMIT 10000;
