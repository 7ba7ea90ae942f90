BEGIN TRANSACTION;
CREATE TABLE access_grant (
    key_id text not null references access_key (key_id),
    bucket text not null,
    access_right text not null,
    primary key (key_id, bucket)
) strict;
INSERT INTO "access_grant" VALUES('MRKEY0000000000000001','photos*','Write');
CREATE TABLE access_key (
    key_id text not null primary key,
    sealed_secret text not null,
    name text not null,
    created_at integer not null,
    expires_at integer,
    is_disabled integer not null
, account_id text not null default '') strict;
INSERT INTO "access_key" VALUES('MRKEY0000000000000001','AQABAgMEBQYHCAkKCxAdcvKrrwR/IkTUbAL3hflQut79H+0bH7ktD85x5QMJtZyH1nC9wEBV18JdsA5sYlKKn3Cgh6XKIA==','laptop',1772366400000000,NULL,0,'team');
CREATE TABLE account (
    account_id text not null primary key,
    display_name text not null,
    email text not null
) strict;
INSERT INTO "account" VALUES('team','The team','team@example.com');
CREATE TABLE attached_file (
    name text not null references imported_tree (name),
    path text not null,
    algorithm text not null,
    digest text not null,
    size_bytes integer,
    is_executable integer not null,
    primary key (name, path)
) strict;
INSERT INTO "attached_file" VALUES('legacy','data/raw.csv','md5','5d41402abc4b2a76b9719d911017c592',5,0);
CREATE TABLE attempt (
    attempt_id text not null primary key,
    run_id text not null references run (run_id),
    number integer not null,
    outcome text not null,
    message text,
    log_path text,
    started_at integer not null,
    ended_at integer
) strict;
INSERT INTO "attempt" VALUES('0197000000007000800000000000001a','0197000000007000800000000000000b',1,'failed','It ran out of memory.','0197000000007000800000000000000a/train.log',1772366400000001,1772366400000004);
CREATE TABLE branch (
    name text not null primary key,
    commit_id text not null,
    moved_at integer not null
) strict;
INSERT INTO "branch" VALUES('main','9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098',1772366400000006);
CREATE TABLE bucket (
    bucket_id integer not null primary key,
    name text not null unique,
    owner text not null,
    created_at integer not null,
    versioning integer not null,
    has_lock integer not null
) strict;
INSERT INTO "bucket" VALUES(1,'photos','team',1772366400000000,1,1);
CREATE TABLE bucket_object (
    bucket_id integer not null references bucket (bucket_id),
    key text not null,
    seq integer not null,
    version_id text not null,
    is_latest integer not null,
    is_marker integer not null,
    size_bytes integer not null,
    etag text not null,
    modified_at integer not null,
    owner text not null,
    checksum text not null,
    lock_mode text not null,
    lock_until integer not null,
    legal_hold integer not null,
    tags text not null,
    acl text not null,
    headers text not null,
    body text not null,
    primary key (bucket_id, key, seq)
) strict, without rowid;
INSERT INTO "bucket_object" VALUES(1,'cats/one.jpg',-2,'0000000000000002a1b2c3d4e5f60708',1,0,11,'5eb63bbbe01eeed093cb22bb8f5acdc3',1772366400000001,'team','CRC32:full:DUoRhQ==','COMPLIANCE',1772452800000000,1,'room=cats','READ *
FULL_CONTROL team','{"content-type":"image/jpeg","x-amz-meta-camera":"a \u0022b\u0022"}','b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9:11:0:');
INSERT INTO "bucket_object" VALUES(1,'cats/one.jpg',-1,'00000000000000010011223344556677',0,1,0,'',1772366400000000,'team','','',-62135596800000000,0,'','','','');
CREATE TABLE bucket_setting (
    bucket_id integer not null references bucket (bucket_id),
    name text not null,
    value text not null,
    primary key (bucket_id, name)
) strict, without rowid;
INSERT INTO "bucket_setting" VALUES(1,'tags','room=cats');
CREATE TABLE data_table (
    name text not null primary key,
    table_id text not null unique,
    location text not null,
    key_columns text not null,
    created_at integer not null
) strict;
INSERT INTO "data_table" VALUES('photos','6f0e9a1c-52b1-4bb8-9b0e-0c8f6d3f0001','photos','["id"]',1772366400000002);
CREATE TABLE erasure_intent (
    erasure_id text not null primary key,
    payload text not null,
    created_at integer not null
) strict;
CREATE TABLE imported_tree (
    name text not null primary key,
    tree text,
    origin text not null,
    imported_at integer not null
) strict;
INSERT INTO "imported_tree" VALUES('legacy','dc9c5edb8b2d479e697b4b0b8ab874f32b325138598ce9e7b759eb8292110622','dvc',1772366400000000);
CREATE TABLE lease (
    name text not null primary key,
    attempt_id text not null,
    process_id text not null,
    host text not null,
    pid integer not null,
    since integer not null
) strict;
CREATE TABLE lfs_lock (
    repository text not null,
    path text not null,
    lock_id text not null unique,
    owner text not null,
    locked_at integer not null,
    primary key (repository, path)
) strict;
INSERT INTO "lfs_lock" VALUES('team/photos','a.psd','0197000000007000800000000000003a','ann',1772366400000000);
CREATE TABLE lfs_object (
    repository text not null,
    oid text not null,
    size_bytes integer not null,
    created_at integer not null,
    primary key (repository, oid)
) strict;
INSERT INTO "lfs_object" VALUES('team/photos','2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',5,1772366400000000);
CREATE TABLE lineage_edge (
    run_id text not null references run (run_id),
    version_id integer not null references version (version_id),
    is_output integer not null,
    role text not null,
    primary key (run_id, version_id, is_output, role)
) strict;
INSERT INTO "lineage_edge" VALUES('0197000000007000800000000000000a',1,1,'photos');
INSERT INTO "lineage_edge" VALUES('0197000000007000800000000000000b',1,0,'train');
INSERT INTO "lineage_edge" VALUES('0197000000007000800000000000000b',2,1,'model');
INSERT INTO "lineage_edge" VALUES('0197000000007000800000000000000c',3,1,'commit');
CREATE TABLE migration (
    number integer not null primary key,
    name text not null,
    applied_at integer not null
) strict;
INSERT INTO "migration" VALUES(1,'0001-first',1772366400000000);
INSERT INTO "migration" VALUES(2,'0002-access',1772366400000000);
INSERT INTO "migration" VALUES(3,'0003-buckets',1772366400000000);
INSERT INTO "migration" VALUES(4,'0004-versions',1772366400000000);
INSERT INTO "migration" VALUES(5,'0005-digests',1772366400000000);
INSERT INTO "migration" VALUES(6,'0006-lfs',1772366400000000);
INSERT INTO "migration" VALUES(7,'0007-tombstones',1772366400000000);
INSERT INTO "migration" VALUES(8,'0008-accounts',1772366400000000);
CREATE TABLE move_intent (
    move_id text not null primary key,
    source text not null,
    started_at integer not null
) strict;
CREATE TABLE multipart_upload (
    upload_id text not null primary key,
    bucket_id integer not null references bucket (bucket_id),
    key text not null,
    owner text not null,
    created_at integer not null,
    checksum_kind text not null,
    lock_mode text not null,
    lock_until integer not null,
    legal_hold integer not null,
    tags text not null,
    acl text not null,
    headers text not null,
    outcome text not null
) strict, without rowid;
INSERT INTO "multipart_upload" VALUES('01970000000070008000000000000020',1,'cats/two.jpg','team',1772366400000000,'CRC32C:full','',-62135596800000000,0,'','','','');
CREATE TABLE object_digest (
    hash text not null,
    algorithm text not null,
    digest text not null,
    primary key (hash, algorithm)
) strict;
INSERT INTO "object_digest" VALUES('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824','md5','5d41402abc4b2a76b9719d911017c592');
CREATE TABLE pin (
    version_id integer not null references version (version_id),
    holder text not null,
    created_at integer not null,
    primary key (version_id, holder)
) strict;
INSERT INTO "pin" VALUES(1,'dataset:clicks@v1',1772366400000003);
CREATE TABLE publication_intent (
    attempt_id text not null primary key,
    process_id text not null,
    host text not null,
    created_at integer not null,
    payload text not null
) strict;
CREATE TABLE ref (
    kind text not null,
    thing text not null,
    name text not null,
    version_id integer not null references version (version_id),
    moved_at integer not null,
    primary key (kind, thing, name)
) strict;
INSERT INTO "ref" VALUES('model','clicks','production',2,1772366400000007);
CREATE TABLE reflog (
    reflog_id integer not null primary key,
    ref text not null,
    before_id text,
    after_id text,
    why text not null,
    author text not null,
    moved_at integer not null
) strict;
INSERT INTO "reflog" VALUES(1,'branch/main',NULL,'9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098','commit','Ann <ann@example.org>',1772366400000006);
INSERT INTO "reflog" VALUES(2,'tag/v1',NULL,'9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098','tag','Ann <ann@example.org>',1772366400000007);
CREATE TABLE remote_branch (
    remote text not null,
    name text not null,
    commit_id text not null,
    moved_at integer not null,
    primary key (remote, name)
) strict;
INSERT INTO "remote_branch" VALUES('origin','main','9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098',1772366400000008);
CREATE TABLE run (
    run_id text not null primary key,
    kind text not null,
    name text not null,
    parent_id text references run (run_id),
    task_key text,
    code text not null,
    parameters text not null,
    outcome text not null,
    message text,
    started_at integer not null,
    ended_at integer
) strict;
INSERT INTO "run" VALUES('0197000000007000800000000000000a','pipeline','photos',NULL,NULL,'5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b','{"size":"64"}','succeeded',NULL,1772366400000000,1772366400000005);
INSERT INTO "run" VALUES('0197000000007000800000000000000b','task','photos/train','0197000000007000800000000000000a','82434507914b7b1b456278caa1ad2a8ccb7dd84bc736a71e8aafb0534d64f070','sql/1','{}','failed','It ran out of memory.',1772366400000001,1772366400000004);
INSERT INTO "run" VALUES('0197000000007000800000000000000c','command','commit',NULL,NULL,'','{}','succeeded',NULL,1772366400000006,1772366400000006);
CREATE TABLE run_metric (
    run_id text not null references run (run_id),
    name text not null,
    step integer not null,
    value real not null,
    primary key (run_id, name, step)
) strict;
INSERT INTO "run_metric" VALUES('0197000000007000800000000000000b','auc',0,0.5);
INSERT INTO "run_metric" VALUES('0197000000007000800000000000000b','auc',1,0.75);
CREATE TABLE run_parameter (
    run_id text not null references run (run_id),
    name text not null,
    value text not null,
    primary key (run_id, name)
) strict;
INSERT INTO "run_parameter" VALUES('0197000000007000800000000000000b','trees','100');
CREATE TABLE tag (
    name text not null primary key,
    commit_id text not null,
    message text,
    author text not null,
    created_at integer not null
) strict;
INSERT INTO "tag" VALUES('v1','9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098','The first','Ann <ann@example.org>',1772366400000007);
CREATE TABLE task_result (
    task_key text not null primary key,
    pipeline text not null,
    task text not null,
    run_id text not null references run (run_id),
    outputs text not null,
    finished_at integer not null
) strict;
INSERT INTO "task_result" VALUES('82434507914b7b1b456278caa1ad2a8ccb7dd84bc736a71e8aafb0534d64f070','photos','train','0197000000007000800000000000000b','{}',1772366400000004);
CREATE TABLE tombstone (
    tombstone_id integer not null primary key,
    erasure_id text not null,
    kind text not null,
    name text not null,
    hash text not null,
    detail text not null,
    reason text,
    erased_by text not null,
    erased_at integer not null
) strict;
INSERT INTO "tombstone" VALUES(1,'0197000000007000800000000000004a','object','','283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247','{"wasHere":true}','request 8','ann',1772366400000009);
INSERT INTO "tombstone" VALUES(2,'0197000000007000800000000000004a','row','people','5b913d24265e073d8afc3ba4e99b2c1b49fa73fbda480f5c09035c2488e28cc0','{"salt":"000102030405060708090a0b0c0d0e0f"}',NULL,'ann',1772366400000009);
INSERT INTO "tombstone" VALUES(3,'0197000000007000800000000000004a','version','table:people@v0','6db7d803e74f1ffa7d8f5adc0bf95b3e15bf4c8373fffadf546227cc6c6742cb','{"identity":"f39592393ef0859cb196a52693d2cea00fb2df784b3c04ae54aa7cadb8e562f8"}',NULL,'ann',1772366400000009);
CREATE TABLE upload_part (
    upload_id text not null references multipart_upload (upload_id),
    number integer not null,
    hash text not null,
    size_bytes integer not null,
    etag text not null,
    checksum text not null,
    modified_at integer not null,
    primary key (upload_id, number)
) strict, without rowid;
INSERT INTO "upload_part" VALUES('01970000000070008000000000000020',1,'37a680133bd09342f934afb8dd2c7d9e1b624da5f35e3a38adb103e37c055ed1',5242880,'5f363e0e58a95f06cbe9bbc662c5dfb6','yZRlqg==',1772366400000001);
CREATE TABLE version (
    version_id integer not null primary key,
    kind text not null,
    name text not null,
    number integer not null,
    hash text not null,
    run_id text references run (run_id),
    created_at integer not null,
    summary text not null,
    unique (kind, name, number)
) strict;
INSERT INTO "version" VALUES(1,'table','photos',0,'d7104700ba2493587b14c1ed368e47f1f5b77e90b503e7367eb59a76fc752ec4','0197000000007000800000000000000a',1772366400000002,'{"rows":2,"files":1,"bytes":1024}');
INSERT INTO "version" VALUES(2,'model','clicks',1,'9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4','0197000000007000800000000000000b',1772366400000003,'{"bytes":300}');
INSERT INTO "version" VALUES(3,'file','commit',1,'9505cacb7c710ed17125fcc6cb3669e8ddca6c8cd8af6a31f6b3cd64604c3098','0197000000007000800000000000000c',1772366400000006,'{"message":"First","author":"Ann <ann@example.org>","branch":"main","tree":"dc9c5edb8b2d479e697b4b0b8ab874f32b325138598ce9e7b759eb8292110622"}');
CREATE INDEX run_by_parent on run (parent_id);
CREATE INDEX run_by_name on run (kind, name, started_at);
CREATE INDEX version_by_hash on version (kind, name, hash);
CREATE INDEX version_by_run on version (run_id);
CREATE INDEX lineage_edge_by_version on lineage_edge (version_id, is_output);
CREATE INDEX attempt_by_run on attempt (run_id);
CREATE UNIQUE INDEX bucket_object_by_version on bucket_object (bucket_id, key, version_id);
CREATE INDEX bucket_object_listed on bucket_object (bucket_id, key) where is_latest = 1 and is_marker = 0;
CREATE INDEX multipart_upload_by_key on multipart_upload (bucket_id, key, upload_id);
CREATE INDEX reflog_by_ref on reflog (ref, reflog_id);
CREATE INDEX reflog_by_time on reflog (moved_at);
CREATE INDEX version_by_content on version (hash);
CREATE INDEX object_digest_by_digest on object_digest (algorithm, digest);
CREATE INDEX tombstone_by_hash on tombstone (kind, hash);
COMMIT;
