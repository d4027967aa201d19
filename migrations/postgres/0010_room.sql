-- Room for the next version of a row in its own page. Each entry moves its chain's head; without room the new version goes to another page,
-- and to the primary key's: four pages of the log instead of one, all over a large register. It holds for pages that are filled from here on;
-- a register that has long been full gains it by `vacuum full chain`, in a quiet hour.
alter table chain set (fillfactor = 85);
