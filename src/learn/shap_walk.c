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
 * out weight.  So no factor that may be 0 is ever divided by.
 *
 * Most subtrees end early.  Where only dead players split, a subtree counts by
 * its mean M.  Where besides them one player splits that is not dead, by its M and
 * by its mean H where that player is known: with B the product of all others,
 * there is E = B (t H + (1 - t) z M), and the edges below give the player
 * B (H - z M) - E (1 - z) / g.
 */
#include "learn/shap_walk.h"

#include "port/pg_bitutils.h"

/* Nodes between two looks for interrupts. */
#define STRIDE 65536

typedef double PointLanes __attribute__((vector_size(SHAP_LANES * sizeof(double)), aligned(sizeof(double)), may_alias));
#define MOST_GROUPS (SHAP_MOST_LANES / SHAP_LANES)

/* A split on the way down, some child of which is being walked. */
typedef struct ShapFrame
{
	int			player;			/* -1: a dead one, or none */
	uint32		other;			/* the other child, if it is still to come; else 0 */
	uint32		alive;			/* as it was above */
	double		z;				/* the player's as it was above */

	/* when all classes are explained: */
	bool		met;			/* the player was met here first */
	bool		pending;		/* the other child is still to come */
	uint32		below;			/* of the other child */

	PointLanes		inverse[MOST_GROUPS];	/* as it was above */
	PointLanes		term[MOST_GROUPS];	/* what is added to the player by the child */
	PointLanes		other_term[MOST_GROUPS];	/* and by the other one */
	PointLanes		product[MOST_GROUPS];	/* of the other one */
	PointLanes		sum[MOST_GROUPS];	/* of the leaves below the child that is done */
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
	return tree_in_set(&walk->store->set[node->set], walk->bin[node->entry]);
}

/* A leaf's shares times the numbers of all players, which fill whole lanes. */
static inline __attribute__((always_inline)) void
add_leaf_lanes(ShapWalk *walk, uint32 at, const PointLanes *number, const int lanes)
{
	const DecodedTrees *store = walk->store;
	const TreeNode *node = &store->node[at];
	uint32		n = shap_leaf_entries(store, node);
	double		scale = shap_leaf_scale(store, node, walk->smoothing);
	PointLanes	   *all = (PointLanes *) walk->all;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		class;
		double		share = shap_leaf_entry(store, node, n, i, &class) * scale;

		for (int l = 0; l < lanes; l++)
			all[(Size) class * lanes + l] += number[l] * share;
	}
	if (walk->smoothing > 0)
	{
		PointLanes *pooled = (PointLanes *) walk->pooled + (Size) shap_leaf_pool(store, node) * lanes;

		for (int l = 0; l < lanes; l++)
			pooled[l] += number[l] * (walk->smoothing * scale);
	}
}

void
shap_add_leaf(ShapWalk *walk, uint32 at, const double *number)
{
	const DecodedTrees *store = walk->store;
	const TreeNode *node = &store->node[at];
	uint32		n = shap_leaf_entries(store, node);
	double		scale = shap_leaf_scale(store, node, walk->smoothing);

	for (uint32 i = 0; i < n; i++)
	{
		uint32		class;
		double		share = shap_leaf_entry(store, node, n, i, &class) * scale;
		double	   *own;

		own = walk->all + (Size) class * walk->stride;
		for (int k = 0; k < walk->nmet; k++)
			own[walk->path[k]] += share * number[k];
	}
	if (walk->smoothing > 0)
	{
		double	   *pooled = walk->pooled + (Size) shap_leaf_pool(store, node) * walk->stride;

		for (int k = 0; k < walk->nmet; k++)
			pooled[walk->path[k]] += walk->smoothing * scale * number[k];
	}
}

WIDE_LOOPS void
shap_share_pools(ShapWalk *walk, uint32 first_pool, uint32 pools)
{
	int			classes = walk->store->classes;

	for (uint32 p = 0; p < pools; p++)
	{
		const double *share = walk->store->pool + (Size) (first_pool + p) * classes;
		double	   *from = walk->pooled + (Size) p * walk->stride;

		for (int c = 0; c < classes; c++)
			for (int k = 0; k < walk->stride; k++)
				walk->borrowed[(Size) c * walk->stride + k] += share[c] * from[k];
		memset(from, 0, sizeof(double) * walk->stride);
		if (p % 64 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* A subtree in which no split matters to the row: each leaf by its weight. */
static inline __attribute__((always_inline)) void
add_leaves(ShapWalk *walk, uint32 at, bool leaf, const PointLanes *product, const int groups)
{
	double		weight = walk->scale;
	double		dead = 0;
	bool		whole = walk->stride <= SHAP_WHOLE_LANES;	/* numbers of all players */
	double	   *coefficient = walk->coefficient;
	PointLanes		scaled[SHAP_WHOLE_LANES / SHAP_LANES];
	int			waiting = 0;

	for (int q = 0; q < groups * SHAP_LANES; q++)
		dead -= walk->dead_weight[q] * ((const double *) product)[q];
	if (whole)
		memset(coefficient, 0, sizeof(double) * walk->stride);
	for (int k = 0; k < walk->nmet; k++)
	{
		int			p = walk->path[k];
		const double *inverse = walk->inverse + (Size) p * groups * SHAP_LANES;
		double		sum = 0;

		if (!walk->dead[p])
			for (int q = 0; q < groups * SHAP_LANES; q++)
				sum += walk->w[q] * ((const double *) product)[q] * inverse[q];
		coefficient[whole ? p : k] = walk->dead[p] ? dead : (1 - walk->z[p]) * sum;
	}
	for (;;)
	{
		if (!leaf)
		{
			const ShapNode *node = &walk->node[at];

			walk->waiting[waiting] = node->child[1];
			walk->weight[waiting] = weight * (1 - node->left);
			walk->is_leaf[waiting++] = node->below[1] == 0;
			weight *= node->left;
			at = node->child[0];
			leaf = node->below[0] == 0;
			continue;
		}
		if (whole)
		{
			int			lanes = walk->stride / SHAP_LANES;

			for (int l = 0; l < lanes; l++)
				scaled[l] = ((const PointLanes *) coefficient)[l] * weight;
			if (lanes == 1)
				add_leaf_lanes(walk, at, scaled, 1);
			else if (lanes == 2)
				add_leaf_lanes(walk, at, scaled, 2);
			else
				add_leaf_lanes(walk, at, scaled, lanes);
		}
		else
		{
			for (int k = 0; k < walk->nmet; k++)
				coefficient[walk->nmet + k] = weight * coefficient[k];
			shap_add_leaf(walk, at, coefficient + walk->nmet);
		}
		if (waiting == 0)
			return;
		at = walk->waiting[--waiting];
		weight = walk->weight[waiting];
		leaf = walk->is_leaf[waiting];
	}
}

/* The mean of a subtree where one player is known, and all other splits share out. */
static double
known_mean(ShapWalk *walk, uint32 at, int player)
{
	const ShapNode *nodes = walk->node;
	uint32		bits = walk->bits[player];
	double		weight = 1;
	double		sum = 0;
	int			waiting = 0;

	for (;;)
	{
		const ShapNode *node = &nodes[at];
		const double *value = &walk->value[2 * (Size) at];
		double		right = 1 - node->left;

		if (walk->player[node->entry / 2] == player)
		{
			int			side = !goes_left(walk, node);

			if ((node->below[side] & bits) != 0)
			{
				at = node->child[side];
				continue;
			}
			sum += weight * value[side];
		}
		else if ((node->below[0] & bits) == 0)
		{
			sum += weight * node->left * value[0];
			weight *= right;
			at = node->child[1];
			continue;
		}
		else
		{
			if ((node->below[1] & bits) == 0)
				sum += weight * right * value[1];
			else
			{
				walk->waiting[waiting] = node->child[1];
				walk->weight[waiting++] = weight * right;
			}
			weight *= node->left;
			at = node->child[0];
			continue;
		}
		if (waiting == 0)
			return sum;
		at = walk->waiting[--waiting];
		weight = walk->weight[waiting];
	}
}

/* A child of the split is entered: what its player then is. */
static inline __attribute__((always_inline)) void
enter_child(ShapWalk *walk, int p, bool hot, double z, const PointLanes *inverse, uint32 alive,
			const int groups)
{
	walk->dead[p] = !hot;
	walk->alive = hot ? alive : alive & ~walk->bits[p];
	walk->z[p] = z;
	for (int g = 0; g < groups; g++)
		((PointLanes *) walk->inverse)[(Size) p * groups + g] = inverse[g];
}

/* What a child gives to the player of its parent. */
static inline __attribute__((always_inline)) void
add_part(ShapWalk *walk, int p, const PointLanes *sum, const PointLanes *term, const int groups)
{
	PointLanes	   *part = (PointLanes *) walk->part + (Size) p * groups;

	for (int g = 0; g < groups; g++)
		part[g] += sum[g] * term[g];
}

/*
 * What the leaves below a child add up to, unless it has to be walked: open has
 * the bits of the features that split there and are not dead.  z and inverse are
 * those of player p there.
 */
static inline __attribute__((always_inline)) bool
end_child(ShapWalk *walk, uint32 child, uint32 open, double value, const PointLanes *product,
		  int p, double z, const PointLanes *inverse, PointLanes *sum, const int groups)
{
	int			player;
	double		known;
	PointLanes	   *part;

	if (open == 0)
	{
		for (int g = 0; g < groups; g++)
			sum[g] = product[g] * value;
		return true;
	}
	player = walk->player[pg_rightmost_one_pos32(open)];
	if ((open & ~walk->bits[player]) != 0)
		return false;
	if (player != p)
	{
		z = walk->z[player];
		inverse = (const PointLanes *) walk->inverse + (Size) player * groups;
	}
	known = known_mean(walk, child, player);
	part = (PointLanes *) walk->part + (Size) player * groups;
	for (int g = 0; g < groups; g++)
	{
		const PointLanes t = ((const PointLanes *) walk->t)[g];
		const PointLanes u = ((const PointLanes *) walk->u)[g];
		PointLanes		others = product[g] * inverse[g];

		sum[g] = others * (t * known + u * (z * value));
		part[g] += others * (known - z * value) - sum[g] * ((1 - z) * inverse[g]);
	}
	return true;
}

/* A split, and what it makes of the row for its two children. */
typedef struct Split
{
	int			player;
	bool		dead;
	int			first;			/* the child where the row goes; of a dead player the left */
	double		z;				/* the player's above, and in the first child */
	double		first_z;
	PointLanes		product[2][MOST_GROUPS];	/* of the first and the second child */
	PointLanes		term[2][MOST_GROUPS];	/* what is added to the player by them */
	PointLanes		inverse[MOST_GROUPS];	/* of the player's factor in the first */
} Split;

static inline __attribute__((always_inline)) void
make_split(const ShapWalk *walk, const ShapNode *node, const PointLanes *product, const bool terms,
		   Split *split, const int groups)
{
	int			p = walk->player[node->entry / 2];
	bool		dead = walk->dead[p];
	int			first = dead ? 0 : !goes_left(walk, node);
	double		share = first ? 1 - node->left : node->left;
	double		other_share = first ? node->left : 1 - node->left;
	double		z = walk->z[p];
	const PointLanes *before = (const PointLanes *) walk->inverse + (Size) p * groups;

	split->player = p;
	split->dead = dead;
	split->first = first;
	split->z = z;
	split->first_z = z * share;
	for (int g = 0; g < groups; g++)
	{
		PointLanes		t = ((const PointLanes *) walk->t)[g];
		PointLanes		u = ((const PointLanes *) walk->u)[g];
		PointLanes		factor = t + u * split->first_z;
		PointLanes		others = product[g] * before[g];
		PointLanes		term = (1 - z) * before[g];

		if (dead)
		{
			split->inverse[g] = before[g];
			split->product[0][g] = product[g] * share;
			split->product[1][g] = product[g] * other_share;
			continue;
		}
		split->inverse[g] = 1 / factor;
		split->product[0][g] = others * factor;
		split->product[1][g] = others * (u * (z * other_share));
		if (terms)
		{
			split->term[0][g] = (1 - split->first_z) * split->inverse[g] - term;
			split->term[1][g] = -1 / u - term;
		}
	}
}

/* The frame keeps what the player is above. */
static inline __attribute__((always_inline)) void
keep_player(const ShapWalk *walk, const Split *split, ShapFrame *frame, const int groups)
{
	frame->player = split->dead ? -1 : split->player;
	frame->alive = walk->alive;
	frame->z = split->z;
	for (int g = 0; g < groups; g++)
		frame->inverse[g] = ((const PointLanes *) walk->inverse)[(Size) split->player * groups + g];
}

static inline __attribute__((always_inline)) void
copy_lanes(PointLanes *to, const PointLanes *from, const int groups)
{
	for (int g = 0; g < groups; g++)
		to[g] = from[g];
}

static inline __attribute__((always_inline)) void
walk_one(ShapWalk *walk, uint32 at, const int groups)
{
	ShapFrame  *frame = walk->frame;
	uint32		visited = 0;
	PointLanes		product[MOST_GROUPS];
	PointLanes		sum[MOST_GROUPS];	/* of the leaves below what is done */

	for (int g = 0; g < groups; g++)
		product[g] = (PointLanes) {1, 1, 1, 1};
	for (;;)
	{
		const ShapNode *node = &walk->node[at];
		const double *value = &walk->value[2 * (Size) at];
		Split		split;
		PointLanes		other[MOST_GROUPS];
		uint32		alive = walk->alive;
		int			first;
		bool		first_done;
		bool		second_done;

		if (++visited % STRIDE == 0)
			CHECK_FOR_INTERRUPTS();
		make_split(walk, node, product, true, &split, groups);
		first = split.first;
		first_done = end_child(walk, node->child[first], node->below[first] & alive, value[first],
							   split.product[0], split.dead ? -1 : split.player, split.first_z,
							   split.inverse, sum, groups);
		if (first_done && !split.dead)
			add_part(walk, split.player, sum, split.term[0], groups);
		if (!split.dead)
			alive &= ~walk->bits[split.player];
		second_done = end_child(walk, node->child[!first], node->below[!first] & alive,
								value[!first], split.product[1], -1, 0, NULL, other, groups);
		if (second_done && !split.dead)
			add_part(walk, split.player, other, split.term[1], groups);

		if (!first_done || !second_done)
		{
			keep_player(walk, &split, frame, groups);
			frame->other = 0;
			if (first_done)
			{
				copy_lanes(frame->sum, sum, groups);
				copy_lanes(frame->term, split.term[1], groups);
				copy_lanes(product, split.product[1], groups);
				if (!split.dead)
					enter_child(walk, split.player, false, split.z, frame->inverse, frame->alive,
								groups);
				at = node->child[!first];
			}
			else
			{
				if (second_done)
					copy_lanes(frame->sum, other, groups);
				else
				{
					frame->other = node->child[!first];
					copy_lanes(frame->product, split.product[1], groups);
					copy_lanes(frame->other_term, split.term[1], groups);
				}
				copy_lanes(frame->term, split.term[0], groups);
				copy_lanes(product, split.product[0], groups);
				if (!split.dead)
					enter_child(walk, split.player, true, split.first_z, split.inverse,
								frame->alive, groups);
				at = node->child[first];
			}
			frame++;
			continue;
		}
		for (int g = 0; g < groups; g++)
			sum[g] += other[g];

		/* up, to a second child that is still to come */
		for (;;)
		{
			int			p;

			if (frame == walk->frame)
				return;
			frame--;
			p = frame->player;
			if (p >= 0)
				add_part(walk, p, sum, frame->term, groups);
			if (frame->other != 0)
			{
				at = frame->other;
				frame->other = 0;
				copy_lanes(frame->sum, sum, groups);
				copy_lanes(frame->term, frame->other_term, groups);
				copy_lanes(product, frame->product, groups);
				if (p >= 0)
					enter_child(walk, p, false, frame->z, frame->inverse, frame->alive, groups);
				frame++;
				break;
			}
			for (int g = 0; g < groups; g++)
				sum[g] += frame->sum[g];
			if (p >= 0)
				enter_child(walk, p, true, frame->z, frame->inverse, frame->alive, groups);
		}
	}
}

static inline __attribute__((always_inline)) void
walk_all(ShapWalk *walk, uint32 at, const int groups)
{
	ShapFrame  *frame = walk->frame;
	uint32		below = ~(uint32) 0;	/* bits of the features there; 0 of a leaf */
	uint32		visited = 0;
	PointLanes		product[MOST_GROUPS];

	for (int g = 0; g < groups; g++)
		product[g] = (PointLanes) {1, 1, 1, 1};
	for (;;)
	{
		if (++visited % STRIDE == 0)
			CHECK_FOR_INTERRUPTS();
		if ((below & walk->alive) != 0)
		{
			const ShapNode *node = &walk->node[at];
			Split		split;

			make_split(walk, node, product, false, &split, groups);
			keep_player(walk, &split, frame, groups);
			frame->met = !walk->met[split.player];
			if (frame->met)
				walk->path[walk->nmet++] = split.player;
			walk->met[split.player] = true;
			frame->pending = true;
			frame->other = node->child[!split.first];
			frame->below = node->below[!split.first];
			copy_lanes(frame->product, split.product[1], groups);
			copy_lanes(product, split.product[0], groups);
			if (!split.dead)
				enter_child(walk, split.player, true, split.first_z, split.inverse, frame->alive,
							groups);
			at = node->child[split.first];
			below = node->below[split.first];
			frame++;
			continue;
		}

		add_leaves(walk, at, below == 0, product, groups);
		for (;;)
		{
			int			p;

			if (frame == walk->frame)
				return;
			frame--;
			p = frame->player;
			if (frame->pending)
			{
				frame->pending = false;
				at = frame->other;
				below = frame->below;
				copy_lanes(product, frame->product, groups);
				if (p >= 0)
					enter_child(walk, p, false, frame->z, frame->inverse, frame->alive, groups);
				frame++;
				break;
			}
			if (p >= 0)
				enter_child(walk, p, true, frame->z, frame->inverse, frame->alive, groups);
			if (frame->met)
			{
				walk->met[p] = false;
				walk->nmet--;
			}
		}
	}
}

WIDE_LOOPS void
shap_walk_one(ShapWalk *walk, uint32 root)
{
	if (walk->lanes == SHAP_LANES)
		walk_one(walk, root, 1);
	else
		walk_one(walk, root, MOST_GROUPS);
}

WIDE_LOOPS void
shap_walk_all(ShapWalk *walk, uint32 root)
{
	if (walk->lanes == SHAP_LANES)
		walk_all(walk, root, 1);
	else
		walk_all(walk, root, MOST_GROUPS);
}
