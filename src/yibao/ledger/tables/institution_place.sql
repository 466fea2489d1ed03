-- A degree of latitude on a sphere of 6,371,008.8 m is 111,195 m; of longitude that times the cosine of the latitude, here
-- 1 - x²/2 + x⁴/24 - x⁶/720 in millionths, right to 0.004 % up to 60 degrees.
with angle as (
    select institution_id, latitude_e6, longitude_e6,
        (latitude_e6 * 17453 // 1000000) * (latitude_e6 * 17453 // 1000000) // 1000000 as square
    from institution
    where latitude_e6 is not null and longitude_e6 is not null
)

select
    institution_id,
    latitude_e6,
    longitude_e6,
    111195 * (
        1000000 - square // 2 + square * square // 1000000 // 24
        - square * square // 1000000 * square // 1000000 // 720
    ) // 1000000 as degree_east,
    cast(111195 as bigint) as degree_north
from angle
