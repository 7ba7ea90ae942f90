using System.Collections.Immutable;

namespace Millrace.Models;

/// <summary>One binary tree in flat arrays. Node 0 is the root, and a child's index is higher than its parent's, so
/// that every walk ends. A child below zero is the leaf with the index of its bitwise complement. A tree without nodes
/// is its single leaf. Drawn in <c>docs/formats/tree-ensemble.md</c>.</summary>
/// <param name="Weight">What the leaf's value is multiplied with.</param>
/// <param name="Features">Index of the feature that a node compares.</param>
/// <param name="Thresholds">A value at or below it goes left, and so does a missing one.</param>
/// <param name="Left">Left child of each node.</param>
/// <param name="Right">Right child of each node.</param>
/// <param name="Gains">By how much a node's split improved the fit while training, at least 0.</param>
/// <param name="Leaves">Value of each leaf; one more than there are nodes.</param>
sealed record RegressionTree(
    double Weight,
    ImmutableArray<int> Features,
    ImmutableArray<float> Thresholds,
    ImmutableArray<int> Left,
    ImmutableArray<int> Right,
    ImmutableArray<double> Gains,
    ImmutableArray<double> Leaves)
{
    /// <summary>What the tree adds to the prediction of an example.</summary>
    internal double Predict(ReadOnlySpan<float> row)
    {
        var node = Features.IsEmpty ? ~0 : 0;
        while (node >= 0)
        {
            // False for NaN too: a missing value goes left.
            var isAbove = row[Features[node]] > Thresholds[node];
            node = isAbove ? Right[node] : Left[node];
        }
        return Weight * Leaves[~node];
    }

    /// <summary>Says what is wrong with a tree that came from outside; null when nothing is.</summary>
    internal string? FindFault(int featureCount)
    {
        if (Features.IsDefault || Thresholds.IsDefault || Left.IsDefault || Right.IsDefault || Gains.IsDefault
            || Leaves.IsDefaultOrEmpty)
        {
            return "lacks one of its arrays";
        }
        var count = Features.Length;
        if (Thresholds.Length != count || Left.Length != count || Right.Length != count || Gains.Length != count
            || Leaves.Length != count + 1)
        {
            return $"has arrays of different lengths for its {count} nodes";
        }
        if (!double.IsFinite(Weight) || !Thresholds.All(float.IsFinite) || !Leaves.All(double.IsFinite)
            || !Gains.All(gain => double.IsFinite(gain) && gain >= 0))
        {
            return "holds a number that is not finite, or a gain below zero";
        }
        if (Features.Any(feature => feature < 0 || feature >= featureCount))
            return $"compares a feature that is not one of the {featureCount}";
        return HasTreeShape() ? null : "has children that do not form a tree";
    }

    /// <summary>Every node but the root and every leaf is the child of exactly one node before it. With n nodes there
    /// are 2n children and as many places, so seeing none twice is enough.</summary>
    bool HasTreeShape()
    {
        var count = Features.Length;
        var isNodeSeen = new bool[count];
        var isLeafSeen = new bool[count + 1];
        for (var node = 0; node < count; node++)
        {
            if (!Claim(Left[node]) || !Claim(Right[node]))
                return false;

            bool Claim(int child)
            {
                var seen = child < 0 ? isLeafSeen : isNodeSeen;
                var index = child < 0 ? ~child : child;
                if (index >= seen.Length || seen[index] || (child >= 0 && child <= node))
                    return false;
                return seen[index] = true;
            }
        }
        return true;
    }
}
