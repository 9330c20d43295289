-- What was not sorted in yet is read whole by every search, 24 times for a word that nobody wrote: two
-- hundred new reports doubled what a search costs. A report's words are sorted in when it is shown.
alter index public_report_by_words set (fastupdate = off);
