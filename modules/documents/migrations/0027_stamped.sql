-- When an authority saw the signature of the data, as it has seen that of the PDF: a token, and the
-- hashes (32 bytes each) beside the way up to what it is over, for many are stamped at one go.
-- Signatures of before have neither, and their documents are told by the log alone, as ever.
alter table signature
    add column tst bytea,
    add column tst_path bytea,
    add check ((tst is null) = (tst_path is null));
