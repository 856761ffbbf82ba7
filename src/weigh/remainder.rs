//! Whole numbers that add up: the method of largest remainders.

/// The largest sum of weights that is worked with as it stands: thrice it still fits a `u128`.
const MOST_WEIGHT: u128 = u128::MAX / 4;

/// Shares `total` out by `weights`, in whole numbers that add up to it exactly (the method of largest remainders: Hamilton
/// 1792, Balinski & Young, *Fair Representation*, 1982). Each gets its quota `total × weight / sum` rounded down; what is
/// left goes by ones to the largest remainders, to the smaller position where they are equal. So each is within one of its
/// quota, and weight zero gets nothing. Exact; should the weights add up to more than 2^126, all lose their lowest bits.
///
/// `None` when there is something to share and nobody with a weight to take it. O(n log n).
///
/// ```
/// use wangge::weigh::largest_remainder;
/// assert_eq!(largest_remainder(10, &[1, 1, 1]), Some(vec![4, 3, 3]));
/// assert_eq!(largest_remainder(10, &[0, 0]), None);
/// ```
pub fn largest_remainder(total: u64, weights: &[u128]) -> Option<Vec<u64>> {
    if total == 0 {
        return Some(vec![0; weights.len()]);
    }
    let shift = (0..=u128::BITS).find(|&shift| {
        let sum = weights.iter().try_fold(0_u128, |sum, &weight| sum.checked_add(shifted(weight, shift)));
        sum.is_some_and(|sum| sum <= MOST_WEIGHT)
    })?;
    let sum: u128 = weights.iter().map(|&weight| shifted(weight, shift)).sum();
    if sum == 0 {
        return None;
    }
    let quotas: Vec<(u64, u128)> =
        weights.iter().map(|&weight| multiply_divide(total, shifted(weight, shift), sum)).collect();
    let mut shares: Vec<u64> = quotas.iter().map(|&(whole, _)| whole).collect();
    let left = total - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(quotas[i].1), i));
    for &i in order.iter().take(left as usize) {
        shares[i] += 1;
    }
    Some(shares)
}

/// Whole numbers for fractional amounts (people of a raster): their sum, rounded to the nearest whole number, shared by
/// largest remainders. Each is its amount rounded down or up. Amounts below zero or not finite count as nothing.
///
/// Where the rounded sum cannot be met by rounding alone (sums of thousands of amounts in floating point), what is left
/// over goes round once more in the same order. O(n log n).
pub fn whole_shares(amounts: &[f64]) -> Vec<u64> {
    let amounts: Vec<f64> = amounts.iter().map(|&a| if a.is_finite() && a > 0.0 { a } else { 0.0 }).collect();
    let total = super::compensated_sum(amounts.iter().copied()).round() as u64;
    let mut shares: Vec<u64> = amounts.iter().map(|a| a.floor() as u64).collect();
    let mut left = total.saturating_sub(shares.iter().sum());
    let mut order: Vec<usize> = (0..amounts.len()).filter(|&i| amounts[i] > 0.0).collect();
    order.sort_by(|&i, &j| {
        let rest = |i: usize| amounts[i] - amounts[i].floor();
        rest(j).total_cmp(&rest(i)).then(i.cmp(&j))
    });
    while left > 0 && !order.is_empty() {
        for &i in order.iter().take(left as usize) {
            shares[i] += 1;
        }
        left = left.saturating_sub(order.len() as u64);
    }
    shares
}

fn shifted(weight: u128, shift: u32) -> u128 {
    weight.checked_shr(shift).unwrap_or(0)
}

/// `total × weight / sum` and the remainder. `weight <= sum <= MOST_WEIGHT`.
fn multiply_divide(total: u64, weight: u128, sum: u128) -> (u64, u128) {
    if let Some(product) = weight.checked_mul(u128::from(total)) {
        return ((product / sum) as u64, product % sum);
    }
    // bit by bit from the highest, as on paper: the remainder stays below `sum`
    let (mut quotient, mut rest) = (0_u64, 0_u128);
    for bit in (0..u64::BITS).rev() {
        let next = 2 * rest + if (total >> bit) & 1 == 1 { weight } else { 0 };
        quotient = 2 * quotient + (next / sum) as u64;
        rest = next % sum;
    }
    (quotient, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_goes_to_the_largest_remainders_and_ties_to_the_first() {
        // Hamilton's own case in small: quotas 1.5, 1.5, 7.0
        assert_eq!(largest_remainder(10, &[3, 3, 14]), Some(vec![2, 1, 7]));
        assert_eq!(largest_remainder(2, &[0, 5, 5, 5]), Some(vec![0, 1, 1, 0]));
        assert_eq!(largest_remainder(0, &[0, 0]), Some(vec![0, 0]));
        assert_eq!(largest_remainder(1, &[]), None);
    }

    #[test]
    fn weights_beyond_all_reason_still_add_up() {
        let shares = largest_remainder(u64::MAX, &[u128::MAX, u128::MAX, 1]).unwrap();
        assert_eq!(shares, vec![u64::MAX / 2 + 1, u64::MAX / 2, 0]);
        let shares = largest_remainder(u64::MAX, &[u128::MAX / 8, u128::MAX / 16]).unwrap();
        assert_eq!(shares.iter().map(|&s| u128::from(s)).sum::<u128>(), u128::from(u64::MAX));
    }

    #[test]
    fn fractions_of_people_become_whole_people() {
        assert_eq!(whole_shares(&[0.4, 0.4, 0.4, 0.0, f64::NAN, -3.0]), vec![1, 0, 0, 0, 0, 0]);
        assert_eq!(whole_shares(&[2.5, 2.5]), vec![3, 2]);
        assert_eq!(whole_shares(&[]), Vec::<u64>::new());
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_within_one_of_their_quota(
            total in prop_oneof![0_u64..1000, any::<u64>()],
            weights in prop::collection::vec(prop_oneof![Just(0_u128), 0_u128..50, 0_u128..1 << 120], 1..20),
        ) {
            let sum: u128 = weights.iter().sum();
            let Some(shares) = largest_remainder(total, &weights) else {
                prop_assert!(sum == 0 && total > 0);
                return Ok(());
            };
            prop_assert_eq!(shares.iter().map(|&s| u128::from(s)).sum::<u128>(), u128::from(total));
            for (&share, &weight) in shares.iter().zip(&weights) {
                prop_assert!(weight > 0 || share == 0);
                if sum > 0 {
                    let (floor, _) = multiply_divide(total, weight, sum);
                    prop_assert!(share == floor || share == floor + 1);
                }
            }
        }

        #[test]
        fn long_division_is_division(total: u64, weight in 0_u128..1 << 64, more in 1_u128..1 << 64) {
            let sum = weight + more;
            // the way bit by bit, by weights too large for the short way: both sides scaled alike
            let product = weight * u128::from(total);
            let scaled = multiply_divide(total, weight << 60, sum << 60);
            prop_assert_eq!(scaled, ((product / sum) as u64, (product % sum) << 60));
        }

        #[test]
        fn whole_shares_are_their_amounts_rounded_either_way(amounts in prop::collection::vec(0.0..500.0_f64, 0..50)) {
            let shares = whole_shares(&amounts);
            for (&share, &amount) in shares.iter().zip(&amounts) {
                prop_assert!((share as f64 - amount).abs() < 1.0 + 1e-9);
            }
            let sum: f64 = amounts.iter().sum();
            prop_assert!((shares.iter().sum::<u64>() as f64 - sum).abs() <= 0.5 + 1e-6);
        }
    }
}
