/*
 * shap_walk.c
 *		The walk over a tree that explains a row; part of shap.
 *
 * With g = t o + (1 - t) z the factor of a player, the product of all factors is
 * taken down the tree, and what leaves add up to is taken up.  At an edge by
 * which a player's o and z become o' and z', all leaves below give it
 *
 *		E ((o' - z') / g' - (o - z) / g)
 *
 * where E is the sum over the leaves of value times product; over the edges of a
 * player on one way these differences add up to the last term.
 *
 * Where the row leaves the way of a player, that one is dead: o is 0, its term is
 * -1 / (1 - t) however small z becomes, and splits by it further down only share
 * out weight.  So no factor that may be 0 is ever divided by.  Where only dead
 * players split below a node, its subtree counts by its mean.
 */
#include "learn/shap_walk.h"

/* Loops that are compiled for wider registers too; nothing is fused. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE_LOOPS __attribute__((target_clones("avx2", "default")))
#else
#define WIDE_LOOPS
#endif

/* Nodes between two looks for interrupts. */
#define STRIDE 65536

typedef double Lanes __attribute__((vector_size(SHAP_LANES * sizeof(double)), aligned(sizeof(double)), may_alias));
#define MOST_GROUPS (SHAP_MOST_LANES / SHAP_LANES)

/* A split on the way down, some child of which is being walked. */
typedef struct ShapFrame
{
	int			player;			/* -1: a dead one, or none */
	bool		hot;			/* it is the child where the row goes */
	uint32		other;			/* the other child, if it is still to come; else 0 */
	uint32		alive;			/* as it was above */
	double		z;				/* the player's as it was above */
	bool		met;			/* the player was met here first */
	Lanes		inverse[MOST_GROUPS];	/* as it was above */
	Lanes		term[MOST_GROUPS];	/* what is added to the player by the child */
	Lanes		other_term[MOST_GROUPS];	/* and by the other one */
	Lanes		product[MOST_GROUPS];	/* of the other one */
	Lanes		sum[MOST_GROUPS];	/* of the leaves below the child that is done */
} ShapFrame;

Size
shap_frame_size(void)
{
	return sizeof(ShapFrame);
}

static inline bool
goes_left(const ShapWalk *walk, const ShapNode *node)
{
	if (node->cut != TREE_SET)
		return walk->bin[node->entry] <= node->cut;
	return tree_in_set(&walk->store->set[node->at], walk->bin[node->entry]);
}

void
shap_add_leaf(ShapWalk *walk, uint32 at, const double *number)
{
	const DecodedTrees *store = walk->store;
	const TreeNode *node = &store->node[at];
	int			players = walk->players;
	double	   *smoothed = walk->all + (Size) store->classes * players;
	const uint32 *leaf = &store->leaf[node->next];
	double		scale;
	uint32		n;
	bool		wide;

	if (node->cut > 0)
	{
		double		weight = store->class_weight ? store->class_weight[node->next] : 1;
		double	   *own = walk->all + (Size) node->next * players;

		scale = 1 / (store->smoothing + node->cut * weight);
		for (int k = 0; k < walk->nmet; k++)
		{
			own[walk->path[k]] += node->cut * scale * number[k];
			smoothed[walk->path[k]] += store->smoothing * scale * number[k];
		}
		return;
	}
	n = leaf[0] & ~TREE_WIDE;
	wide = (leaf[0] & TREE_WIDE) != 0;
	memcpy(&scale, leaf + 1, sizeof(scale));
	leaf += TREE_LEAF_HEAD;
	for (uint32 i = 0; i < n; i++)
	{
		double	   *own = walk->all + (Size) (leaf[i] & 0xFFFF) * players;
		double		share = (wide ? leaf[n + i] : leaf[i] >> 16) * scale;

		for (int k = 0; k < walk->nmet; k++)
			own[walk->path[k]] += share * number[k];
	}
	for (int k = 0; k < walk->nmet; k++)
		smoothed[walk->path[k]] += store->smoothing * scale * number[k];
}

/* A subtree in which no split matters to the row: each leaf by its weight. */
static inline void
add_leaves(ShapWalk *walk, uint32 at, const Lanes *product, const int groups)
{
	double		weight = walk->scale;
	double		dead = 0;
	double	   *scaled = walk->coefficient + walk->nmet;
	int			waiting = 0;

	for (int q = 0; q < groups * SHAP_LANES; q++)
		dead -= walk->w[q] * ((const double *) product)[q] / walk->u[q];
	for (int k = 0; k < walk->nmet; k++)
	{
		int			p = walk->path[k];
		const double *inverse = walk->inverse + (Size) p * groups * SHAP_LANES;
		double		sum = 0;

		if (!walk->dead[p])
			for (int q = 0; q < groups * SHAP_LANES; q++)
				sum += walk->w[q] * ((const double *) product)[q] * inverse[q];
		walk->coefficient[k] = walk->dead[p] ? dead : (1 - walk->z[p]) * sum;
	}
	for (;;)
	{
		const ShapNode *node = &walk->node[at];

		if (node->right != 0)
		{
			walk->waiting[waiting] = node->right;
			walk->weight[waiting++] = weight * (1 - node->left);
			weight *= node->left;
			at++;
			continue;
		}
		for (int k = 0; k < walk->nmet; k++)
			scaled[k] = weight * walk->coefficient[k];
		shap_add_leaf(walk, node->at, scaled);
		if (waiting == 0)
			return;
		at = walk->waiting[--waiting];
		weight = walk->weight[waiting];
	}
}

/* A child of the split is entered: what its player then is. */
static inline __attribute__((always_inline)) void
enter_child(ShapWalk *walk, int p, bool hot, double z, const Lanes *inverse, uint32 alive,
			const int groups)
{
	walk->dead[p] = !hot;
	walk->alive = hot ? alive : alive & ~walk->bits[p];
	walk->z[p] = z;
	for (int g = 0; g < groups; g++)
		((Lanes *) walk->inverse)[(Size) p * groups + g] = inverse[g];
}

/* Values (or in all the leaves) of a subtree that counts by its mean. */
static inline __attribute__((always_inline)) void
end_subtree(ShapWalk *walk, uint32 at, const Lanes *product, Lanes *sum, const bool all,
			const int groups)
{
	if (all)
		add_leaves(walk, at, product, groups);
	else
		for (int g = 0; g < groups; g++)
			sum[g] = product[g] * walk->value[at];
}

/* What a child gives to the player of its parent. */
static inline __attribute__((always_inline)) void
add_part(ShapWalk *walk, int p, const Lanes *sum, const Lanes *term, const int groups)
{
	Lanes	   *part = (Lanes *) walk->part + (Size) p * groups;

	for (int g = 0; g < groups; g++)
		part[g] += sum[g] * term[g];
}

static inline __attribute__((always_inline)) void
walk_tree(ShapWalk *walk, uint32 at, const bool all, const int groups)
{
	const ShapNode *nodes = walk->node;
	const double *value = walk->value;
	const Lanes *t = (const Lanes *) walk->t;
	const Lanes *u = (const Lanes *) walk->u;
	ShapFrame  *frame = walk->frame;
	uint32		visited = 0;
	Lanes		product[MOST_GROUPS];	/* of all players, on the way to the node */
	Lanes		sum[MOST_GROUPS];

	for (int g = 0; g < groups; g++)
		product[g] = sum[g] = (Lanes) {1, 1, 1, 1};
	for (;;)
	{
		const ShapNode *node = &nodes[at];
		uint32		alive = walk->alive;

		if (++visited % STRIDE == 0)
			CHECK_FOR_INTERRUPTS();
		if ((node->below & alive) == 0)
			end_subtree(walk, at, product, sum, all, groups);
		else
		{
			int			p = walk->player[node->entry / 2];
			double		right_share = 1 - node->left;
			uint32		first = at + 1;
			uint32		second = node->right;
			bool		first_open;
			bool		second_open;

			if (walk->dead[p])
			{
				first_open = all || (nodes[first].below & alive) != 0;
				second_open = all || (nodes[second].below & alive) != 0;
				frame->player = -1;
				for (int g = 0; g < groups; g++)
				{
					frame->product[g] = product[g] * right_share;
					product[g] = product[g] * node->left;
				}
				if (!first_open)
				{
					for (int g = 0; g < groups; g++)
					{
						frame->sum[g] = product[g] * value[first];
						product[g] = frame->product[g];
					}
					frame->other = 0;
					first = second;
				}
				else if (!second_open)
				{
					for (int g = 0; g < groups; g++)
						frame->sum[g] = frame->product[g] * value[second];
					frame->other = 0;
				}
				else
					frame->other = second;
			}
			else
			{
				bool		left = goes_left(walk, node);
				double		z = walk->z[p];
				double		hot_z = z * (left ? node->left : right_share);
				double		cold_z = z * (left ? right_share : node->left);
				const Lanes *before = (const Lanes *) walk->inverse + (Size) p * groups;
				Lanes		inverse[MOST_GROUPS];
				Lanes		cold[MOST_GROUPS];
				Lanes		hot_term[MOST_GROUPS];
				Lanes		cold_term[MOST_GROUPS];

				/* first where the row goes */
				second = left ? node->right : at + 1;
				first = left ? at + 1 : node->right;
				first_open = all || (nodes[first].below & alive) != 0;
				second_open = all || (nodes[second].below & alive & ~walk->bits[p]) != 0;
				for (int g = 0; g < groups; g++)
				{
					Lanes		factor = t[g] + u[g] * hot_z;
					Lanes		others = product[g] * before[g];
					Lanes		term = (1 - z) * before[g];

					inverse[g] = 1 / factor;
					product[g] = others * factor;
					cold[g] = others * (u[g] * cold_z);
					hot_term[g] = (1 - hot_z) * inverse[g] - term;
					cold_term[g] = -1 / u[g] - term;
				}
				if (!first_open)
				{
					for (int g = 0; g < groups; g++)
						sum[g] = product[g] * value[first];
					add_part(walk, p, sum, hot_term, groups);
				}
				if (!second_open)
				{
					Lanes		other[MOST_GROUPS];

					for (int g = 0; g < groups; g++)
						other[g] = cold[g] * value[second];
					add_part(walk, p, other, cold_term, groups);
					if (!first_open)
					{
						for (int g = 0; g < groups; g++)
							sum[g] += other[g];
						goto up;
					}
					for (int g = 0; g < groups; g++)
						frame->sum[g] = other[g];
				}
				frame->player = p;
				frame->alive = alive;
				frame->z = z;
				for (int g = 0; g < groups; g++)
					frame->inverse[g] = before[g];
				if (all)
				{
					frame->met = !walk->met[p];
					if (frame->met)
						walk->path[walk->nmet++] = p;
					walk->met[p] = true;
				}
				if (first_open)
				{
					frame->other = second_open ? second : 0;
					for (int g = 0; g < groups; g++)
					{
						frame->term[g] = hot_term[g];
						frame->other_term[g] = cold_term[g];
						frame->product[g] = cold[g];
					}
					enter_child(walk, p, true, hot_z, inverse, alive, groups);
				}
				else
				{
					frame->other = 0;
					for (int g = 0; g < groups; g++)
					{
						frame->sum[g] = sum[g];
						frame->term[g] = cold_term[g];
						product[g] = cold[g];
					}
					first = second;
					enter_child(walk, p, false, z, before, alive, groups);
				}
			}
			frame++;
			at = first;
			continue;
		}

up:
		/* up, to a child that is still to come */
		for (;;)
		{
			int			p;

			if (frame == walk->frame)
				return;
			frame--;
			p = frame->player;
			if (!all && p >= 0)
				add_part(walk, p, sum, frame->term, groups);
			if (frame->other != 0)
			{
				at = frame->other;
				frame->other = 0;
				for (int g = 0; g < groups; g++)
				{
					frame->sum[g] = sum[g];
					frame->term[g] = frame->other_term[g];
					product[g] = frame->product[g];
				}
				if (p >= 0)
					enter_child(walk, p, false, frame->z, frame->inverse, frame->alive, groups);
				frame++;
				break;
			}
			if (!all)
				for (int g = 0; g < groups; g++)
					sum[g] += frame->sum[g];
			if (p >= 0)
			{
				enter_child(walk, p, true, frame->z, frame->inverse, frame->alive, groups);
				if (all && frame->met)
				{
					walk->met[p] = false;
					walk->nmet--;
				}
			}
		}
	}
}

WIDE_LOOPS void
shap_walk_one(ShapWalk *walk, uint32 root)
{
	if (walk->lanes == SHAP_LANES)
		walk_tree(walk, root, false, 1);
	else
		walk_tree(walk, root, false, MOST_GROUPS);
}

WIDE_LOOPS void
shap_walk_all(ShapWalk *walk, uint32 root)
{
	if (walk->lanes == SHAP_LANES)
		walk_tree(walk, root, true, 1);
	else
		walk_tree(walk, root, true, MOST_GROUPS);
}
