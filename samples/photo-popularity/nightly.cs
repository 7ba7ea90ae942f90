// Trains a photo popularity predictor every night.
//
//   millrace run nightly.cs --date 2026-03-15 --site ../site
//
// For each photo the training data holds metadata from the site's database, features of its author computed from logs
// as they were known when the photo was posted, and what classifiers see in the photo. Each statement below adds a
// task; using one task's output in another is an edge of the graph. A task whose code, parameters and inputs are those
// of an earlier run is not run again.

var night = Pipeline.Create("photo-popularity", args);
var date = night.Date("date");
var cutoff = date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);   // what was known at 00:00 UTC of that day
var site = night.Text("site", "site");
var database = SourceDatabase.Parse(night.Text("database", $"sqlite:{site}/site.db"), schema: "site");
var model = Path.Combine(night.Folder, "models", "mobilenetv2-photo.onnx");

// 1. Extract: new users and photos from the database.
var users = night.Extract("users", new(
    database, "users", Key: "user_id", Cursor: "joined_at", Until: cutoff, ["user_id", "name", "joined_at"]));
var photos = night.Extract("photos", new(
    database, "photos", Key: "photo_id", Cursor: "posted_at", Until: cutoff,
    ["photo_id", "user_id", "title", "location", "posted_at", "file_name"]));

// 2. Load: every log file of the days before, as it is; then types, no duplicates, and late events on their own day.
var rawEvents = night.LoadLogs("raw_events", Path.Combine(site, "logs"), "events-*.jsonl.gz", until: date);
var events = night.Sql("events", $"""
    select distinct on (event_id)
        body ->> 'event_id' as event_id,
        body ->> 'kind' as kind,
        cast(body ->> 'user_id' as bigint) as user_id,
        cast(body ->> 'photo_id' as bigint) as photo_id,
        cast(body ->> 'time' as timestamptz) as time,
        cast(body ->> 'received_at' as timestamptz) as received_at,
        cast(cast(body ->> 'time' as timestamptz) as date) as day,
        file, line
    from {rawEvents}
    where cast(body ->> 'received_at' as timestamptz) < {cutoff}
    order by event_id, received_at, file, line
    """, key: ["event_id"], title: "type, deduplicate");

// 3. Ingest: new JPEGs go to the object store; the table holds their URLs.
var files = night.IngestFiles("photo_files", photos, "file_name", Path.Combine(site, "photos"));

// 4. Classify: what new photos show and how they look, spread over the workers.
var looks = night.Map(
    "photo_looks", files, Look.Schema, title: "classify new photos", files: [model], map: async (row, task) =>
    {
        var network = task.Shared("network", () => OnnxModel.Load(File.ReadAllBytes(model)));
        using var photo = Photo.Decode(await task.ReadObjectAsync(row.Text("object")), row.Text("file_name"));
        var pixels = new float[3 * 224 * 224];
        photo.ToTensor(224, pixels);
        var seen = network.Run("input", pixels, [1, 3, 224, 224], "frozen_embedding", "probs");
        return new Look(
            row.Int64("photo_id"), seen["frozen_embedding"], Safety: seen["probs"][2], ImageStyle.Measure(photo));
    });

// 5. User features: how each author's activity changed, a row a change. A login counts from when it was received until
//    24 hours (7 days) after it happened; a post for 30 days; a like from when it was received.
var activity = night.Sql("user_activity", $"""
    with changes(user_id, known_at, logins_24h, logins_7d, posts_30d, posts, likes) as (
        select user_id, received_at, 1, 1, 0, 0, 0 from {events} where kind = 'login'
        union all
        select user_id, greatest(received_at, time + interval 24 hours), -1, 0, 0, 0, 0
        from {events} where kind = 'login'
        union all
        select user_id, greatest(received_at, time + interval 7 days), 0, -1, 0, 0, 0
        from {events} where kind = 'login'
        union all
        select user_id, posted_at, 0, 0, 1, 1, 0 from {photos}
        union all
        select user_id, posted_at + interval 30 days, 0, 0, -1, 0, 0 from {photos}
        union all
        select photo.user_id, event.received_at, 0, 0, 0, 0, 1
        from {events} event join {photos} photo using (photo_id) where event.kind = 'like'
    ), moments as (
        select user_id, known_at, sum(logins_24h) as logins_24h, sum(logins_7d) as logins_7d,
               sum(posts_30d) as posts_30d, sum(posts) as posts, sum(likes) as likes
        from changes where known_at < {cutoff} group by user_id, known_at
    )
    select user_id, known_at,
           sum(logins_24h) over history as logins_24h,
           sum(logins_7d) over history as logins_7d,
           sum(posts_30d) over history as posts_30d,
           sum(likes) over history / nullif(sum(posts) over history, 0) as mean_likes
    from moments window history as (partition by user_id order by known_at)
    """, key: ["user_id", "known_at"], title: "logins, posts, likes so far");

// 6. Join: for each photo that is at least 24 hours old, the values as they were known when it was posted.
var examples = night.Sql(
    "photo_examples", Examples(knownAt: $"photo.posted_at"), key: ["photo_id"], title: "point-in-time join");

// 7. Snapshot: the rows get a name that is the hash of their content.
var split = DatasetSplit.ByTime("posted_at", validation: 0.15, test: 0.2);
var dataset = night.Dataset("photo-popularity", examples, split);

// 8. Train on log(1 + views).
var regressor = night.Train("train", dataset, TrainAsync);

// 9. Register: the better of tonight's model and the one in production is in production.
night.Register("photo-popularity", regressor, dataset, asOf: cutoff, async (file, rows, cancellationToken) =>
    Rmse(TreeRegressor.Load(file), await rows.MatrixAsync("test", "label", Features, cancellationToken)));

// 10. Serve: the newest values of all users and photos go online, and are compared with the tables.
night.Materialize("user_activity", night.Sql("user_now", $"""
    select member.user_id, activity.* exclude (user_id)
    from (select user_id, {cutoff} as tonight from {users} where joined_at < {cutoff}) member
    asof left join {activity} activity on activity.user_id = member.user_id and activity.known_at < member.tonight
    """, key: ["user_id"], title: "each user's newest values"), asOf: cutoff);
night.Materialize("photo_looks", looks, asOf: cutoff);

// For comparison only: the same training on a join that takes each author's newest values, whenever the photo was
// posted. They hold likes that came after the posting, the photo's own among them, so the error looks better than it
// can be.
if (night.Flag("leaky"))
{
    var leaky = night.Sql("leaky_examples", Examples(knownAt: $"{cutoff}"), key: ["photo_id"], title: "leaky join");
    night.Train("train_leaky", night.Dataset("leaky", leaky, split), TrainAsync);
}

return await night.RunAsync();

SqlText Examples(SqlText knownAt) => $"""
    select photo.photo_id, photo.user_id, photo.posted_at,
           hour(photo.posted_at) + minute(photo.posted_at) / 60 as posted_hour,
           isodow(photo.posted_at) as posted_weekday,
           length(photo.title) as title_length,
           photo.location is not null as has_location,
           coalesce(activity.logins_24h, 0) as logins_24h,
           coalesce(activity.logins_7d, 0) as logins_7d,
           coalesce(activity.posts_30d, 0) as posts_30d,
           activity.mean_likes,
           looks.* exclude (photo_id),
           coalesce(viewed.views, 0) as views_24h,
           ln(1 + coalesce(viewed.views, 0)) as label
    from (select *, {knownAt} as joined_at from {photos} photo) photo
    join {looks} looks using (photo_id)
    asof left join {activity} activity on activity.user_id = photo.user_id and activity.known_at < photo.joined_at
    left join (
        select event.photo_id, count(*) as views
        from {events} event join {photos} photo using (photo_id)
        where event.kind = 'view' and event.time >= photo.posted_at and event.time < photo.posted_at + interval 24 hours
        group by event.photo_id
    ) viewed using (photo_id)
    where photo.posted_at <= {cutoff.AddHours(-24)}
    """;

static async Task TrainAsync(TrainingContext training, CancellationToken cancellationToken)
{
    var options = new TreeRegressorOptions
    {
        Trees = 120,
        Leaves = 8,
        MinimumExamplesPerLeaf = 10,
        LearningRate = 0.1,
        Bins = 32,
        Seed = 1,
    };
    training.Parameter("trees", options.Trees);
    training.Parameter("leaves", options.Leaves);
    training.Parameter("learning_rate", options.LearningRate);
    training.Parameter("seed", options.Seed);

    var train = await training.Dataset.MatrixAsync("train", "label", Features, cancellationToken);
    var validation = await training.Dataset.MatrixAsync("validation", "label", Features, cancellationToken);
    var test = await training.Dataset.MatrixAsync("test", "label", Features, cancellationToken);

    var forest = TreeRegressor.Train(train.Features, train.Labels, options);
    foreach (var iteration in forest.Evaluate(train.Features, train.Labels))
    {
        training.Metric("train_rmse", iteration.Rmse, iteration.Trees);
    }

    var onValidation = forest.Evaluate(validation.Features, validation.Labels);
    foreach (var iteration in onValidation)
    {
        training.Metric("validation_rmse", iteration.Rmse, iteration.Trees);
    }

    var best = forest.Truncate(onValidation.MinBy(iteration => iteration.Rmse).Trees);
    var mean = train.Labels.Average();
    training.Metric("best_trees", best.TreeCount);
    training.Metric("test_rmse", Rmse(best, test));
    training.Metric("test_rmse_of_mean", Math.Sqrt(test.Labels.Average(label => (label - mean) * (label - mean))));
    training.Save(best.Save());
}

static double Rmse(TreeRegressor model, (FeatureMatrix Features, double[] Labels) rows) =>
    Math.Sqrt(model.Predict(rows.Features)
        .Zip(rows.Labels, (predicted, label) => (predicted - label) * (predicted - label))
        .Average());

/// <summary>What the classifiers see in a photo.</summary>
record Look(long PhotoId, float[] Embedding, double Safety, ImageStyle Style)
{
    public static RowSchema<Look> Schema { get; } = new RowSchema<Look>()
        .Int64("photo_id", look => look.PhotoId)
        .Floats("embedding", look => look.Embedding)
        .Double("safety", look => look.Safety)
        .Double("brightness", look => look.Style.Brightness)
        .Double("contrast", look => look.Style.Contrast)
        .Double("colourfulness", look => look.Style.Colourfulness)
        .Double("sharpness", look => look.Style.Sharpness);
}

partial class Program
{
    static readonly string[] Features =
    [
        "posted_hour", "posted_weekday", "title_length", "has_location",
        "logins_24h", "logins_7d", "posts_30d", "mean_likes",
        "safety", "brightness", "contrast", "colourfulness", "sharpness", "embedding",
    ];
}
