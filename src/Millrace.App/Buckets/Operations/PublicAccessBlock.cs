using System.Xml;
using System.Xml.Linq;
using Millrace.Buckets;

namespace Millrace.App.Buckets.Operations;

/// <summary>What a bucket's owner forbids, whatever lists and policies say.</summary>
/// <param name="BlocksAcls">Access lists for everybody are refused.</param>
/// <param name="IgnoresAcls">Those that are there do not count.</param>
/// <param name="BlocksPolicy">Policies for everybody are refused.</param>
/// <param name="RestrictsBuckets">A policy for everybody is one for the owner alone.</param>
readonly record struct PublicAccessBlock(bool BlocksAcls, bool IgnoresAcls, bool BlocksPolicy, bool RestrictsBuckets)
{
    public static PublicAccessBlock Of(BucketState state) => state.Setting(BucketSettings.PublicAccess) is { } text
        ? Parse(XElement.Parse(text)) : default;

    public static PublicAccessBlock Parse(XElement configuration) => new(
        Flag(configuration, "BlockPublicAcls"), Flag(configuration, "IgnorePublicAcls"),
        Flag(configuration, "BlockPublicPolicy"), Flag(configuration, "RestrictPublicBuckets"));

    public XElement ToXml() => S3Element.New(
        "PublicAccessBlockConfiguration", S3Element.New("BlockPublicAcls", BlocksAcls),
        S3Element.New("IgnorePublicAcls", IgnoresAcls), S3Element.New("BlockPublicPolicy", BlocksPolicy),
        S3Element.New("RestrictPublicBuckets", RestrictsBuckets));

    /// <exception cref="S3Exception">The list is for everybody, which the bucket forbids.</exception>
    public static void CheckAcl(BucketState state, string? acl)
    {
        if (acl is not null && AclGrants.IsPublic(acl) && Of(state).BlocksAcls)
            throw S3Failure.AccessDenied;
    }

    static bool Flag(XElement configuration, string name)
    {
        try
        {
            return configuration.Text(name) is { } text && XmlConvert.ToBoolean(text.ToLowerInvariant());
        }
        catch (FormatException)
        {
            throw S3Element.Malformed();
        }
    }
}
