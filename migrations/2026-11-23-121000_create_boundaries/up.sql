-- The outline of each authority, for maps: a line per ring of points, latitude and longitude by turns.
CREATE TABLE boundaries (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Whose data it is, as it must be said beside the map.
    source TEXT NOT NULL,
    rings TEXT NOT NULL
);
